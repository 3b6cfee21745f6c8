// For who keeps the server: what a platform's administrator fills in, and the platforms that there are.

import { useEffect, useState } from "preact/hooks";

import { act, failure } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Copied } from "../parts/copied";
import { useList } from "../parts/lists";
import { ErrorLine } from "../parts/messages";
import { when } from "../parts/when";
import type { LtiPlatformStanding } from "../protos/mammoganesis/v1/lti_pb";
import { ltiService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { ask } from "../rpc/studio";
import { number, t, type TextKey } from "../texts/texts";

interface Addresses {
  base: string;
  login: string;
  launch: string;
  jwks: string;
}

// Under each platform's own names of its fields, which it does not translate alike everywhere: as they stand in its English pages.
const FIELDS: Record<string, [string, keyof Addresses | "text", TextKey?][]> = {
  Moodle: [
    ["Tool name", "text", "lti.field.name"],
    ["Tool URL", "launch"],
    ["LTI version", "text", "lti.field.version"],
    ["Public key type", "text", "lti.field.keyset"],
    ["Public keyset", "jwks"],
    ["Initiate login URL", "login"],
    ["Redirection URI(s)", "launch"],
    ["Supports Deep Linking (Content-Item Message)", "text", "lti.field.on"],
    ["IMS LTI Assignment and Grade Services", "text", "lti.field.grades"],
    ["IMS LTI Names and Role Provisioning", "text", "lti.field.members"],
    ["Share launcher's name with tool / email", "text", "lti.field.never"],
  ],
  Canvas: [
    ["Redirect URIs", "launch"],
    ["Target Link URI", "launch"],
    ["OpenID Connect Initiation Url", "login"],
    ["JWK Method: Public JWK URL", "jwks"],
    ["LTI Advantage Services", "text", "lti.field.grades"],
    ["Placements", "text", "lti.field.placements"],
    ["Privacy Level", "text", "lti.field.anonymous"],
  ],
  Brightspace: [
    ["Domain", "base"],
    ["Redirect URLs", "launch"],
    ["OpenID Connect Login URL", "login"],
    ["Target Link URI", "launch"],
    ["Keyset URL", "jwks"],
    ["Extensions", "text", "lti.field.extensions"],
  ],
};

export function Setup() {
  const [addresses, setAddresses] = useState<Addresses | null>(null);
  const [refusal, setRefusal] = useState("");
  useEffect(() => {
    ask("lti/tool")
      .then(async (answer) => {
        const told = (await answer.json()) as Addresses;
        if (told.base) setAddresses(told);
        else setRefusal(t("lti.setup.off"));
      })
      .catch((error: unknown) => setRefusal(messageOf(error)));
  }, []);
  return (
    <div class="one wide">
      <h1>{t("lti.page")}</h1>
      <p>{t("lti.setup.about")}</p>
      <ErrorLine text={refusal} />
      {addresses ? (
        <>
          <Platforms />
          <Invitation base={addresses.base} />
          <section aria-labelledby="by-hand">
            <h2 id="by-hand">{t("lti.setup.byHand")}</h2>
            <p class="note">{t("lti.setup.byHandHow")}</p>
            {Object.entries(FIELDS).map(([platform, fields]) => (
              <details key={platform} open={platform === "Moodle"}>
                <summary>{platform}</summary>
                <dl class="fields">
                  {fields.map(([name, what, text]) => (
                    <div key={name}>
                      <dt lang="en">{name}</dt>
                      <dd>{what === "text" ? t(text as TextKey) : <Copied label={name} text={addresses[what]} />}</dd>
                    </div>
                  ))}
                </dl>
              </details>
            ))}
          </section>
        </>
      ) : null}
    </div>
  );
}

function Platforms() {
  const list = useList<LtiPlatformStanding>("", async (_, signal) => ({ things: (await ltiService.listPlatforms({}, { signal })).platforms, next: "" }));
  return (
    <section class="list" aria-labelledby="platforms">
      <h2 id="platforms">{t("lti.setup.platforms")}</h2>
      <ErrorLine text={list.failure || failure.value} />
      {list.things?.length === 0 ? <p class="note">{t("lti.setup.none")}</p> : null}
      <ul class="cards">
        {list.things?.map(({ platform, waiting, givenUp, trouble }) => (
          <li key={platform?.platformId} class="card">
            <div class="about">
              <h3>{platform?.name || platform?.issuer}</h3>
              <p class="note">
                {platform?.issuer} · {platform?.clientId} · {when(platform?.createdAt)}
              </p>
              <p class="note">{t("lti.setup.waiting", { waiting: number(waiting), givenUp: number(givenUp) })}</p>
              <ErrorLine text={trouble ? t("error.detail", { message: trouble }) : ""} />
            </div>
            <Button
              look="quiet"
              label={t("lti.setup.removeOne", { name: platform?.name || platform?.issuer || "" })}
              onClick={() => confirm(t("lti.setup.removeSure")) && void act(() => ltiService.removePlatform({ platformId: platform?.platformId ?? "" }))}
            >
              {t("lti.setup.remove")}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Invitation({ base }: { base: string }) {
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const make = () =>
    void act(async () => {
      const { token } = await ltiService.createEnrolment({ name });
      setAddress(`${base}/lti/register?token=${token}`);
    });
  return (
    <section aria-labelledby="by-itself">
      <h2 id="by-itself">{t("lti.setup.byItself")}</h2>
      <p class="note">{t("lti.setup.byItselfHow")}</p>
      <div class="row">
        <label class="field">
          <span>{t("lti.setup.name")}</span>
          <input type="text" maxLength={255} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <Button look="primary" onClick={make}>
          {t("lti.setup.invite")}
        </Button>
      </div>
      {address ? <Copied label={t("lti.setup.address")} text={address} /> : null}
    </section>
  );
}
