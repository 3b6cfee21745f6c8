// What is being edited, and how it stands to what is saved. Every change is kept in this browser too until it is saved, so that nothing is lost
// with the connection or the tab.

import { fromBinary, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { computed, signal } from "@preact/signals";

import { messageOf, messageWhileAsking, retryAfter } from "../rpc/failures";
import { base64url, bytesOf } from "../state/base64url";
import { forget, keep, kept } from "../state/keeping";

// How one kind of thing is read and saved.
export interface Source<Desc extends DescMessage, One extends MessageShape<Desc>> {
  schema: Desc;
  key: string; // of what is kept in this browser, with the id behind it
  idOf: (one: One) => string;
  isNew: (one: One) => boolean; // not saved yet
  onto: (one: One, saved: One) => One; // what is edited of the one, as a change of the other
  get: (id: string) => Promise<One>;
  create: (one: One) => Promise<One>;
  save: (one: One) => Promise<One>;
}

// "conflict": somebody else has saved it since.
export type Mode = "saved" | "changed" | "saving" | "failed" | "conflict";

const UNDONE_AT_MOST = 200;

export class Draft<Desc extends DescMessage, One extends MessageShape<Desc>> {
  readonly current = signal<One | null>(null);
  readonly mode = signal<Mode>("saved");
  readonly failure = signal(""); // why it could not be read or saved
  readonly restored = signal(false); // it holds changes of an earlier visit that were not saved
  readonly unsaved = computed(() => this.current.value !== null && this.mode.value !== "saved");
  private readonly before = signal<{ one: One; burst: string }[]>([]);
  readonly undoable = computed(() => this.before.value.length > 0);
  private again: ReturnType<typeof setTimeout> | undefined;
  private opened = 0; // counts, so that an answer that comes late is known

  constructor(private readonly source: Source<Desc, One>) {}

  // The newest version, or what was kept of an earlier visit. It is asked for again where nobody answers.
  async open(id: string): Promise<void> {
    this.show(null, "saved");
    await this.read(id, this.opened);
  }

  private async read(id: string, turn: number): Promise<void> {
    const kept = this.kept(id);
    try {
      const saved = await this.source.get(id);
      if (turn !== this.opened) return;
      this.restored.value = kept !== null;
      this.show(kept ?? saved, kept ? "changed" : "saved");
    } catch (error) {
      if (turn !== this.opened) return;
      if (kept === null) {
        this.failure.value = messageWhileAsking(error);
        const seconds = retryAfter(error);
        if (seconds !== null) this.again = setTimeout(() => void this.read(id, turn), 1000 * seconds);
      } else {
        this.restored.value = !this.source.isNew(kept);
        this.show(kept, "changed");
      }
    }
  }

  // Something new, which is nowhere yet.
  begin(one: One): void {
    this.show(one, "changed");
    this.keep(one);
  }

  // `burst`: changes in a row of the same name, such as the letters of a title, are undone together.
  change(next: One, burst = ""): void {
    const { value: one } = this.current;
    if (one === null) return;
    const last = this.before.value.at(-1);
    if (!burst || last?.burst !== burst) this.before.value = [...this.before.value.slice(1 - UNDONE_AT_MOST), { one, burst }];
    this.take(next);
  }

  undo(): void {
    const last = this.before.value.at(-1);
    const { value: one } = this.current;
    if (!last || !one) return;
    this.before.value = this.before.value.slice(0, -1);
    this.take(this.source.onto(last.one, one));
  }

  // Whether it is saved in the end.
  async save(): Promise<boolean> {
    const { value: one } = this.current;
    if (one === null || this.mode.value === "saving") return false;
    if (this.mode.value === "saved") return true;
    clearTimeout(this.again);
    this.mode.value = "saving";
    try {
      const saved = await (this.source.isNew(one) ? this.source.create(one) : this.source.save(one));
      const { value: since } = this.current;
      this.failure.value = "";
      this.restored.value = false;
      if (since === one) {
        this.forget(one);
        this.current.value = saved;
        this.mode.value = "saved";
        return true;
      }
      if (since && this.source.idOf(since) === this.source.idOf(saved)) this.take(this.source.onto(since, saved));
      else this.forget(one); // it was closed meanwhile
    } catch (error) {
      this.failure.value = messageWhileAsking(error);
      const isLost = error instanceof ConnectError && error.code === Code.Aborted;
      this.mode.value = isLost ? "conflict" : "failed";
      const seconds = retryAfter(error);
      if (seconds !== null) this.again = setTimeout(() => void this.save(), 1000 * seconds);
    }
    return false;
  }

  // What is here becomes the next version; what somebody else has saved stays an earlier one.
  async keepMine(): Promise<void> {
    const { value: one } = this.current;
    if (one === null) return;
    try {
      this.take(this.source.onto(one, await this.source.get(this.source.idOf(one))));
      await this.save();
    } catch (error) {
      this.failure.value = messageOf(error);
    }
  }

  // Back to what is saved.
  async discard(): Promise<void> {
    const { value: one } = this.current;
    if (one === null) return;
    this.forget(one);
    await this.open(this.source.idOf(one));
  }

  // What others have changed is shown too, where nothing here waits to be saved.
  async look(): Promise<void> {
    const { value: one } = this.current;
    if (one === null || this.mode.value !== "saved") return;
    const fresh = await this.source.get(this.source.idOf(one));
    if (this.current.value === one && this.mode.value === "saved") this.current.value = fresh;
  }

  close(): void {
    this.show(null, "saved");
  }

  // Closed, and nothing of it kept that is not saved.
  drop(): void {
    if (this.current.value) this.forget(this.current.value);
    this.close();
  }

  private show(one: One | null, mode: Mode): void {
    clearTimeout(this.again);
    this.opened += 1;
    this.before.value = [];
    this.failure.value = "";
    if (one === null) this.restored.value = false;
    this.current.value = one;
    this.mode.value = mode;
  }

  private take(next: One): void {
    this.current.value = next;
    if (this.mode.value !== "conflict") this.mode.value = "changed";
    this.keep(next);
  }

  private keep(one: One): void {
    keep(this.source.key + this.source.idOf(one), base64url(toBinary(this.source.schema, one)));
  }

  private kept(id: string): One | null {
    const text = kept(this.source.key + id);
    try {
      return text === null ? null : (fromBinary(this.source.schema, bytesOf(text)) as One);
    } catch {
      return null;
    }
  }

  private forget(one: One): void {
    forget(this.source.key + this.source.idOf(one));
  }
}
