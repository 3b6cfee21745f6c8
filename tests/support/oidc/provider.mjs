// A certified OpenID Connect provider for tests. Its settings are one line of JSON on stdin; it says its port on stdout. Beside the standard's
// addresses: GET and POST /interaction/<uid> (a form that asks for a name and no password), POST /control (see below).

import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import Provider from "oidc-provider";

const lines = createInterface({ input: process.stdin });
const settings = JSON.parse((await once(lines, "line"))[0]);
const accounts = new Map(Object.entries(settings.accounts)); // name -> claims
let asked = {}; // how often which address was asked for
let broken = false;

async function findAccount(_, id) {
  const claims = accounts.get(id);
  return claims && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
}

const provider = new Provider(settings.issuer, {
  clients: settings.clients,
  jwks: { keys: settings.keys },
  cookies: { keys: ["of the tests"] },
  claims: { openid: ["sub"], profile: ["name", "roles", "groups"] },
  conformIdTokenClaims: settings.shortIdToken ?? false,
  findAccount,
  fetch: (address, options) => fetch(address, { ...options, dispatcher: undefined }), // it would not ask this machine
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (context, form) => (context.body = `<!doctype html><title>Out</title>${form}<button form=op.logoutForm name=logout value=yes>Yes, end it</button>`),
    },
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token"),
  rotateRefreshToken: true,
  loadExistingGrant: async ({ oidc }) => {
    const earlier = oidc.session.grantIdFor(oidc.client.clientId);
    if (earlier) return oidc.provider.Grant.find(earlier);
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope("openid profile");
    await grant.save();
    return grant;
  },
  renderError: (context, out) => (context.body = `<!doctype html><title>Error</title><p>${out.error}`),
  ttl: { Session: 3600, Interaction: 600, Grant: 3600, AccessToken: 600, IdToken: 600, RefreshToken: 3600 },
});

const FORM = `<!doctype html><html lang=en><title>Hospital</title><link rel=icon href="data:,"><h1>Hospital</h1>
<form method=post><label>Name <input name=login autofocus></label> <button name=go value=in>Continue</button> <button name=go value=no>Cancel</button></form>`;

async function body(request) {
  let text = "";
  for await (const piece of request) text += piece;
  return text;
}

async function interact(request, response) {
  if (request.method === "GET") return response.setHeader("content-type", "text/html").end(FORM);
  const form = new URLSearchParams(await body(request));
  const name = form.get("login");
  const known = form.get("go") === "in" && accounts.has(name);
  const result = known ? { login: { accountId: name } } : { error: "access_denied", error_description: "broken off" };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

// {"accounts": {name: claims, or null for one that is gone}, "broken": whether every answer is HTTP 503} changes; answers with what was asked for.
async function control(request, response) {
  const wish = JSON.parse((await body(request)) || "{}");
  for (const [name, claims] of Object.entries(wish.accounts ?? {})) claims ? accounts.set(name, claims) : accounts.delete(name);
  broken = wish.broken ?? broken;
  response.end(JSON.stringify(asked));
  asked = {};
}

const server = createServer((request, response) => {
  const path = new URL(request.url, settings.issuer).pathname;
  if (path === "/control") return void control(request, response);
  asked[path] = (asked[path] ?? 0) + 1;
  if (broken) return void response.writeHead(503).end("out of order");
  if (path.startsWith("/interaction/")) return void interact(request, response).catch((error) => response.writeHead(400).end(String(error)));
  provider.callback()(request, response);
});
for (const event of ["backchannel.error", "grant.error", "server_error"]) provider.on(event, (...found) => console.error(event, ...found.map((one) => one?.error_description ?? one?.cause ?? one?.message ?? "")));
server.listen(Number(new URL(settings.issuer).port), "127.0.0.1", () => console.log(`ready ${server.address().port}`));
lines.on("close", () => process.exit(0)); // with the test that has started it
