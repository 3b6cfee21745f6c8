// The studio's backend: POST api/<Rpc> with proto JSON, as services/studio/bridge.py has it. Addresses are relative: the
// studio may stand under a path.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; // a gRPC status, or UNREACHABLE when the studio itself does not answer
  }

  get isUnavailable() {
    return this.status === "UNAVAILABLE" || this.status === "UNREACHABLE";
  }
}

async function request(method, path, body, signal) {
  const content = body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, { method, signal, ...content });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("UNREACHABLE", "The studio does not answer.");
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  throw new ApiError(answer?.error?.status ?? "UNKNOWN", answer?.error?.message ?? `HTTP ${response.status}`);
}

const post = (rpc, message, signal) => request("POST", `api/${rpc}`, message, signal);

// Something of the studio's own, no RPC.
export async function send(method, path, body) {
  return (await request(method, path, body)).json();
}

export async function call(rpc, request = {}, signal = undefined) {
  return (await post(rpc, request, signal)).json();
}

// The answers of a stream, one after the other.
export async function* stream(rpc, request, signal) {
  const response = await post(rpc, request, signal);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const lines = text.split("\n");
    text = lines.pop();
    for (const line of lines) {
      const answer = JSON.parse(line);
      if (answer.error) throw new ApiError(answer.error.status, answer.error.message);
      yield answer;
    }
  }
}

export function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// A blob: URL of a GeneratedImage; whoever takes it revokes it.
export function imageUrl(image) {
  return URL.createObjectURL(new Blob([bytes(image.data)], { type: "image/png" }));
}
