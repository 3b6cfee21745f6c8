// A host as people write it, of one as gRPC names it: "ipv4:10.0.0.7", "ipv6:%5B2001:db8::1%5D". Who says who they are is named by issuer and
// subject, which stay.
export function hostOf(caller: string): string {
  const address = /^ipv[46]:(.+)$/.exec(caller)?.[1];
  return address === undefined ? caller : address.replace(/^%5B(.*)%5D$/i, "$1");
}
