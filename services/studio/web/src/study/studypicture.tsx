// Small pictures of a study, for who runs it: real images as they were given and, of a closed study, pictures as readers saw them.

import { Album, LazyPicture } from "../images/lazy";
import { readerStudyService } from "../rpc/clients";

const AT_ONCE = 4;
const REMEMBERED = 600;

type Which = { case: "real" | "picture"; value: string };

const album = new Album(AT_ONCE, REMEMBERED);
const replaced = new Map<string, number>(); // how often, by key: it is shown anew
const keyOf = (studyId: string, which: Which) => `${studyId} ${which.case} ${which.value}`;

interface StudyPictureProps {
  studyId: string;
  which: Which;
}

export function StudyPicture({ studyId, which }: StudyPictureProps) {
  const key = keyOf(studyId, which);
  const load = (signal: AbortSignal) => album.picture(key, async () => (await readerStudyService.getStudyPicture({ studyId, which }, { signal })).data, signal);
  return <LazyPicture name={`${key} ${replaced.get(key) ?? 0}`} load={load} alt="" />;
}

// It was replaced or taken away.
export function forgetReal(studyId: string, name: string): void {
  const key = keyOf(studyId, { case: "real", value: name });
  album.forget(key);
  replaced.set(key, (replaced.get(key) ?? 0) + 1);
}
