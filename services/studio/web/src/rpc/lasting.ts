// Calls that are made until there is an answer.

import { Code, ConnectError } from "@connectrpc/connect";

import { messageWhileAsking, retryAfter } from "./failures";

const LONGEST = 8; // seconds between two tries, where the services ask for no more

// Whoever waits is told of trouble, and with "" that it is over. What the services refuse is thrown, unless it is said to pass.
export async function lasting<Answered>(call: () => Promise<Answered>, trouble: (text: string) => unknown, passes: (error: unknown) => boolean = () => false): Promise<Answered> {
  for (let tries = 0; ; tries++) {
    try {
      const answered = await call();
      trouble("");
      return answered;
    } catch (error) {
      const seconds = retryAfter(error) ?? (passes(error) ? 1 : null);
      if (seconds === null) throw error;
      trouble(messageWhileAsking(error));
      await pause(Math.max(seconds, Math.min(2 ** tries, LONGEST)));
    }
  }
}

const FINAL: readonly Code[] = [
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.Unauthenticated,
  Code.FailedPrecondition,
  Code.Aborted,
  Code.OutOfRange,
  Code.Unimplemented,
];

// Of calls that may be made again and whose answer must come in the end: whatever is no clear refusal passes.
export const unlessRefused = (error: unknown) => error instanceof ConnectError && !FINAL.includes(error.code);

// No longer than until the network is back.
function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, 1000 * seconds);
    addEventListener("online", done);
  });
}
