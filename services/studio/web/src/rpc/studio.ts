// What the studio's own server does, beside the RPCs that it passes on.

import { again, proof } from "../session/session";
import { t } from "../texts/texts";

// The server has answered, and said no; the message is for a person, in English.
export class Refusal extends Error {
  // `language`: in which the page is to tell it; "" for the one that it has.
  constructor(
    message: string,
    readonly language = "",
    readonly status = "", // name of a gRPC status, such as "UNAVAILABLE"
  ) {
    super(message);
  }
}

// What went wrong, in words of the page already.
export class Told extends Error {}

// The answer to a GET, or with a body to a POST of it: a file as what it is, anything else as JSON. Raises Refusal, Told where the answer does not say why, or fetch's TypeError where nobody is there.
export async function ask(address: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const post = (type: string, content: Blob | string) => ({ method: "POST", headers: { "content-type": type, ...proof() }, body: content });
  const content = body === undefined ? {} : body instanceof Blob ? post(body.type, body) : post("application/json", JSON.stringify(body));
  const response = await fetch(address, { ...content, ...(signal ? { signal } : {}) });
  if (response.ok) return response;
  if (response.status === 401 && (await again())) return ask(address, body, signal);
  const answer = (await response.json().catch(() => null)) as { error?: { status?: string; message?: string }; language?: string } | null;
  const message = answer?.error?.message;
  throw message === undefined ? new Told(t("error.unknown", { message: `HTTP ${response.status}` })) : new Refusal(message, answer?.language, answer?.error?.status);
}
