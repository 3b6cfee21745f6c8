// What connect-web makes of the studio, as JSON. Standard input says where it is and what it serves:
// {address, descriptors: a FileDescriptorSet in base64, protocol: "connect" | "grpc-web", binary}.

import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { address, descriptors, protocol, binary } = JSON.parse(Buffer.concat(chunks).toString());
const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptors, "base64")));
const createTransport = protocol === "connect" ? createConnectTransport : createGrpcWebTransport;
const transport = createTransport({ baseUrl: address, useBinaryFormat: binary });
const service = (name) => createClient(registry.getService(`mammoganesis.v1.${name}Service`), transport);

async function refused(call) {
  try {
    await call();
    return null;
  } catch (error) {
    return [error.code, error.rawMessage];
  }
}

async function all(stream) {
  const found = [];
  for await (const message of stream) found.push(message);
  return found;
}

const [sampling, editing] = [service("Sampling"), service("PcaEditing")];
const latent = { kind: { case: "recipe", value: { origin: { case: "seed", value: 3n } } } };
const sweep = (index) => ({ latent, edit: { component: { case: "index", value: index } }, steps: 3 });
const image = (await sampling.sample({ seeds: [7n] }, { timeoutMs: 60_000 })).images[0];
const answer = {
  image: Buffer.from(image.data).toString("base64"),
  sigmas: (await all(editing.sweepComponent(sweep(0)))).map((step) => step.sigmas),
  refused: await refused(() => sampling.sample({ seeds: [-1n] })),
  refusedStream: await refused(() => all(editing.sweepComponent(sweep(99)))),
  late: await refused(() => sampling.sample({ seeds: [7n] }, { timeoutMs: 1 })),
};
console.log(JSON.stringify(answer));
