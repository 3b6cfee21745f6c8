// Where a taker is in a quiz, as it stands in the address: "#<token>", "#<token>/3" for the third question, "#<token>/score" for the end.

export interface Address {
  token: string; // "" where the address holds none
  step: number; // from 1; 0: the beginning; one more than there are questions: the end
}

const SCORE = "score";

export function readAddress(hash: string, questions: number): Address {
  const [token = "", where = ""] = hash.replace(/^#/, "").split("/");
  if (!/^[\w-]{16,64}$/.test(token)) return { token: "", step: 0 };
  if (where === SCORE) return { token, step: questions + 1 };
  const step = /^\d{1,4}$/.test(where) ? Number(where) : 0;
  return { token, step: step <= questions ? step : 0 };
}

export function addressOf({ token, step }: Address, questions: number): string {
  if (step === 0) return `#${token}`;
  return `#${token}/${step > questions ? SCORE : step}`;
}

// The attempt that a course has begun for a taker, "#<token>/attempt_..."; "" for none.
export const attemptOf = (hash: string): string => /^#[\w-]{16,64}\/(attempt_[\w-]{16,64})$/.exec(hash)?.[1] ?? "";

// In a frame of another page nothing stands around the quiz.
export const isFramed = (search: string) => new URLSearchParams(search).get("frame") === "1";
