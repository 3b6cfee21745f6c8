// The studio's backend: the public RPCs by the Connect protocol, in proto JSON. Addresses are relative: the studio may
// stand under a path.

const SERVICES = {
  GetModel: "Model",
  Sample: "Sampling",
  DescribeRecipe: "Sampling",
  ListComponents: "PcaEditing",
  EditComponents: "PcaEditing",
  SweepComponent: "PcaEditing",
  ListRegions: "StyleTransfer",
  SegmentRegions: "StyleTransfer",
  TransferStyle: "StyleTransfer",
};
const ENVELOPE = 5; // bytes before a stream's messages: flags, and the size as 32 bits
const END = 2; // flag of the last

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status; // a gRPC status, or UNREACHABLE when the studio itself does not answer
  }

  get isUnavailable() {
    return this.status === "UNAVAILABLE" || this.status === "UNREACHABLE";
  }
}

async function ask(method, path, body, signal, type = "application/json") {
  const content = body === undefined ? {} : { headers: { "content-type": type }, body };
  let response;
  try {
    response = await fetch(path, { method, signal, ...content });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError("UNREACHABLE", "The studio does not answer.");
  }
  if (response.ok) return response;
  const answer = await response.json().catch(() => null);
  if (answer?.code) throw refusal(answer);
  throw new ApiError(answer?.error?.status ?? "UNKNOWN", answer?.error?.message ?? `HTTP ${response.status}`);
}

const refusal = ({ code, message }) => new ApiError(code.toUpperCase(), message ?? code);
const addressOf = (rpc) => `mammoganesis.v1.${SERVICES[rpc]}Service/${rpc}`;

// Something of the studio's own, no RPC.
export async function send(method, path, body) {
  return (await ask(method, path, body && JSON.stringify(body))).json();
}

export async function call(rpc, message = {}, signal = undefined) {
  return (await ask("POST", addressOf(rpc), JSON.stringify(message), signal)).json();
}

// The answers of a stream, one after the other.
export async function* stream(rpc, message, signal) {
  const response = await ask("POST", addressOf(rpc), enveloped(JSON.stringify(message)), signal, "application/connect+json");
  const reader = response.body.getReader();
  let held = new Uint8Array();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) throw new ApiError("UNAVAILABLE", "The stream has broken off.");
    held = joined(held, value);
    for (let size = sizeOf(held); size <= held.length; size = sizeOf(held)) {
      const answer = JSON.parse(new TextDecoder().decode(held.subarray(ENVELOPE, size)));
      if (held[0] & END && answer.error) throw refusal(answer.error);
      if (held[0] & END) return;
      yield answer;
      held = held.subarray(size);
    }
  }
}

function enveloped(text) {
  const content = new TextEncoder().encode(text);
  const head = new Uint8Array(ENVELOPE);
  new DataView(head.buffer).setUint32(1, content.length);
  return joined(head, content);
}

// Bytes of the envelope that begins here; Infinity while they are not known.
function sizeOf(held) {
  if (held.length < ENVELOPE) return Infinity;
  return ENVELOPE + new DataView(held.buffer, held.byteOffset).getUint32(1);
}

function joined(first, second) {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

export function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// A blob: URL of a GeneratedImage; whoever takes it revokes it.
export function imageUrl(image) {
  return URL.createObjectURL(new Blob([bytes(image.data)], { type: "image/png" }));
}
