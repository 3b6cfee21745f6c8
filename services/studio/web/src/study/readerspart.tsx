// Who reads: invitations, how far everybody is, and the end. Neither truth nor answers before the study has been closed.

import { StudyState, type StudyReader } from "../protos/mammoganesis/v1/studies_pb";
import { signal } from "@preact/signals";

import { act } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Copied } from "../parts/copied";
import { Dialog } from "../parts/dialog";
import { EndsChoice } from "../parts/ends";
import { TextField } from "../parts/fields";
import { endOf, isOver, when, type Ends } from "../parts/when";
import { readerStudyService } from "../rpc/clients";
import { counted, number, t } from "../texts/texts";
import { Closing, closing } from "./closing";
import type { Whole } from "./store";

export const readingAddress = (token: string) => new URL(`reading#${token}`, document.baseURI).href;

const name = signal("");
const ends = signal<Ends>("never");
const invited = signal<{ studyId: string; name: string; token: string } | null>(null); // the link that is told once
const asking = signal<{ reader: StudyReader; what: "revoke" | "forget" } | null>(null);

export function ReadersPart({ one }: { one: Whole }) {
  const { study, readers } = one;
  const closed = study.state === StudyState.CLOSED;
  return (
    <div class="readers">
      <h2>{t("readers.title")}</h2>
      <p class="note">{t("readers.how")}</p>
      {closed ? null : <Invite studyId={study.studyId} open={study.state === StudyState.OPEN} />}
      {readers.length === 0 ? <p class="note">{t("readers.none")}</p> : <Table readers={readers} />}
      {study.state === StudyState.OPEN ? (
        <section class="ending">
          <h2>{t("closing.title")}</h2>
          <p>{t("closing.how")}</p>
          <div class="row">
            <Button onClick={() => (closing.value = "first")}>{t("closing.close")}</Button>
          </div>
        </section>
      ) : null}
      <Asked studyId={study.studyId} />
      <Closing one={one} />
    </div>
  );
}

function Invite({ studyId, open }: { studyId: string; open: boolean }) {
  const { value: told } = invited;
  const invite = async () => {
    const endsAt = endOf(ends.value);
    const called = name.value.trim();
    const isInvited = await act(async () => {
      const { token } = await readerStudyService.inviteReader({ studyId, name: called, ...(endsAt ? { endsAt } : {}) });
      invited.value = { studyId, name: called, token };
    });
    if (isInvited) name.value = "";
  };
  return (
    <section class="invite" aria-labelledby="invite-title">
      <h3 id="invite-title">{t("readers.invite")}</h3>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.value.trim()) void invite();
        }}
      >
        <TextField label={t("readers.name")} value={name.value} maxLength={200} onChange={(text) => (name.value = text)} />
        <EndsChoice value={ends.value} onChange={(value) => (ends.value = value)} never={t("readers.ends.never")} />
        <button type="submit" class="button primary" disabled={!name.value.trim()}>
          {t("readers.makeLink")}
        </button>
      </form>
      <p class="note">{t(open ? "readers.nameNote" : "readers.notOpen")}</p>
      <div role="status">
        {told?.studyId === studyId ? (
          <div class="decision told-once">
            <p>{t("readers.linkOf", { name: told.name })}</p>
            <Copied label={t("readers.link", { name: told.name })} text={readingAddress(told.token)} button={t("readers.copyLink")} />
            <Button onClick={() => (invited.value = null)}>{t("readers.linkKept")}</Button>
          </div>
        ) : null}
      </div>
    </section>
  );
}

function stateOf(reader: StudyReader): "revoked" | "finished" | "over" | "reading" | "invited" {
  if (reader.revokedAt) return "revoked";
  if (reader.finishedAt) return "finished";
  if (isOver(reader.endsAt)) return "over";
  return reader.begunAt ? "reading" : "invited";
}

function Table({ readers }: { readers: StudyReader[] }) {
  const heads = ["reader", "state", "progress", "last", "about"] as const;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("readers.title")}>
      <table class="numbers left">
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {t(`readers.head.${head}`)}
              </th>
            ))}
            <th scope="col">
              <span class="unseen">{t("readers.head.actions")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {readers.map((reader) => (
            <Line key={reader.readerId} reader={reader} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Line({ reader }: { reader: StudyReader }) {
  const { pseudonym, answered, trials, years, specialty, lastAnswerAt, invitedAt, endsAt, finishedAt } = reader;
  const state = stateOf(reader);
  const title = reader.name ? `${pseudonym} ${reader.name}` : pseudonym;
  return (
    <tr data-state={state}>
      <th scope="row">
        <strong>{pseudonym}</strong> {reader.name || <em>{t("readers.forgotten")}</em>}
      </th>
      <td>
        {t(`readers.state.${state}`)}
        <p class="note">{endsAt ? t("links.until", { when: when(endsAt) }) : t("readers.invitedAt", { when: when(invitedAt) })}</p>
      </td>
      <td>
        <progress max={Math.max(1, trials)} value={finishedAt ? Math.max(1, trials) : answered} aria-label={t("readers.progressOf", { name: title })} />
        <p class="note">{finishedAt ? counted("readers.answers", answered) : trials > 0 ? t("progress.of", { done: number(answered), total: number(trials) }) : ""}</p>
      </td>
      <td>{lastAnswerAt ? when(lastAnswerAt) : t("readers.noAnswer")}</td>
      <td>{[years === undefined ? "" : t("readers.years", { years: number(years, years % 1 ? 1 : 0) }), specialty].filter(Boolean).join(", ")}</td>
      <td>
        <div class="row">
          {state === "revoked" ? null : (
            <Button look="quiet" label={t("readers.revokeOne", { name: title })} onClick={() => (asking.value = { reader, what: "revoke" })}>
              {t("readers.revoke")}
            </Button>
          )}
          {reader.name ? (
            <Button look="quiet" label={t("readers.forgetOne", { name: title })} onClick={() => (asking.value = { reader, what: "forget" })}>
              {t("readers.forget")}
            </Button>
          ) : null}
        </div>
      </td>
    </tr>
  );
}

// Asked before what cannot be undone.
function Asked({ studyId }: { studyId: string }) {
  const { value: asked } = asking;
  const close = () => (asking.value = null);
  const what = asked?.what ?? "revoke";
  const name = asked ? `${asked.reader.pseudonym} ${asked.reader.name}`.trim() : "";
  const go = async () => {
    close();
    if (!asked) return;
    const { readerId } = asked.reader;
    const work = () => (what === "revoke" ? readerStudyService.revokeReader({ studyId, readerId }) : readerStudyService.forgetReader({ studyId, readerId }));
    await act(work, { text: t(`readers.${what}Done`, { name: asked.reader.pseudonym }) });
  };
  return (
    <Dialog title={t(`readers.${what}Title`, { name })} open={asked !== null} onClose={close}>
      <div class="panel">
        <p>{t(`readers.${what}Text`)}</p>
        <div class="row">
          <Button look="primary" onClick={() => void go()}>
            {t(`readers.${what}`)}
          </Button>
          <Button onClick={close}>{t("action.cancel")}</Button>
        </div>
      </div>
    </Dialog>
  );
}
