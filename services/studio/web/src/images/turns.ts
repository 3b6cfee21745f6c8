// Turns at something of which only so much is done at a time: first come, first served.

// Waits for a turn; what that gives hands the turn on.
export function turns(atOnce: number): () => Promise<() => void> {
  const waiting: (() => void)[] = [];
  let running = 0;
  const done = () => {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };
  return async () => {
    if (running < atOnce) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    return done;
  };
}
