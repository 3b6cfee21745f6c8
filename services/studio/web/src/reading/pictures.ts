// The pictures of a reading, fetched ahead: a few at a time, those that are needed first.

import { readerStudyService } from "../rpc/clients";
import { lasting, unlessRefused } from "../rpc/lasting";
import type { ReadingPicture } from "../protos/mammoganesis/v1/studies_pb";
import type { Shown } from "../teaching/pictures";
import { t } from "../texts/texts";
import { decodePicture } from "../viewer/picture";
import type { Picture } from "../viewer/types";

const AT_ONCE = 3; // a browser has six connections, and answers go before pictures
const LONGEST_CALL = 30_000; // milliseconds

export interface Larder {
  // In the order in which they are needed; what is not among them is forgotten.
  want(ids: readonly string[]): void;
  get(id: string): Promise<Picture>;
}

export function createLarder(fetched: (id: string) => Promise<Picture>): Larder {
  const asked = new Map<string, Promise<Picture>>();
  let wanted: readonly string[] = [];
  let running = 0;
  const ask = (id: string): Promise<Picture> => {
    const there = asked.get(id);
    if (there) return there;
    running += 1;
    const picture = fetched(id);
    asked.set(id, picture);
    picture
      .catch(() => asked.delete(id))
      .finally(() => {
        running -= 1;
        next();
      });
    return picture;
  };
  const next = () => {
    const id = running < AT_ONCE ? wanted.find((one) => !asked.has(one)) : undefined;
    if (id === undefined) return;
    ask(id).catch(() => (wanted = wanted.filter((one) => one !== id))); // whoever shows it asks again, and is told
    next();
  };
  return {
    want(ids) {
      wanted = [...new Set(ids)];
      for (const id of asked.keys()) if (!wanted.includes(id)) asked.delete(id);
      next();
    },
    get: ask,
  };
}

let larder: Larder | null = null;

export const larderOf = (token: string): Larder =>
  (larder ??= createLarder((pictureId) =>
    lasting(
      async () => decodePicture((await readerStudyService.getReadingPicture({ token, pictureId }, { timeoutMs: LONGEST_CALL })).data),
      () => undefined,
      unlessRefused,
    ),
  ));

// Named by its place alone.
export const readingShown = (token: string, { pictureId }: ReadingPicture, place: number): Shown => ({
  key: pictureId,
  title: t("teaching.image", { number: place + 1 }),
  side: undefined,
  view: undefined,
  pixelSpacing: undefined,
  load: () => larderOf(token).get(pictureId),
});
