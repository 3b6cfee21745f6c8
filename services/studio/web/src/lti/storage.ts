// The platform keeps something for this page where the browser keeps nothing in a frame (LTI postMessage Storage, 1EdTech lti-pm-s 0.1).

import type { Kept } from "./shown";

const PATIENCE_MS = 3000;

interface Answer {
  subject?: string;
  message_id?: string;
  value?: string;
  error?: unknown;
}

// Whether the platform keeps it, as far as it says so in time.
export async function put(kept: Kept, value: string, page: Window = window): Promise<boolean> {
  const answer = await Promise.race([exchange(kept, { subject: "lti.put_data", value }, page), patience()]);
  return answer !== null && answer.error === undefined;
}

// What it has kept; "" for nothing. A platform that answers late is heard, and one that never does leaves this open.
export async function get(kept: Kept, page: Window = window): Promise<string> {
  return (await exchange(kept, { subject: "lti.get_data" }, page))?.value ?? "";
}

// As long as somebody waits for a platform without being told.
export const patience = () => new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null));

function frameOf(target: string, page: Window): Window | null {
  const around = page.parent === page ? page.opener as Window | null : page.parent;
  if (target === "_parent" || !around) return around;
  try {
    return (around.frames as unknown as Record<string, Window | undefined>)[target] ?? null;
  } catch {
    return null; // a frame of another site that hides its own
  }
}

// Messages go to the platform's origin alone, and answers count from there alone.
function exchange({ target, origin, name }: Kept, message: { subject: string; value?: string }, page: Window): Promise<Answer | null> {
  const frame = frameOf(target, page);
  if (!frame) return Promise.resolve(null);
  const id = crypto.randomUUID();
  return new Promise((resolve) => {
    const hear = (event: MessageEvent<Answer | null>) => {
      const { data } = event;
      if (event.origin !== origin || data === null || typeof data !== "object" || data.message_id !== id) return;
      if (data.subject !== `${message.subject}.response`) return;
      page.removeEventListener("message", hear as EventListener);
      resolve(data);
    };
    page.addEventListener("message", hear as EventListener);
    frame.postMessage({ ...message, message_id: id, key: name }, origin);
  });
}
