// The entries that are chosen, the newest first.

import { Button } from "../parts/buttons";
import { hostOf } from "../parts/host";
import { useList } from "../parts/lists";
import { ErrorLine } from "../parts/messages";
import { when } from "../parts/when";
import type { AuditEntry } from "../protos/mammoganesis/v1/audit_pb";
import { auditService } from "../rpc/clients";
import { counted, known, number, t } from "../texts/texts";
import { aboutOf, deedOf, deedWord, filterOf, outcomeWord, targetWord, toneOf } from "./asked";
import { addressOf, choose, filter, head } from "./store";

export function Entries() {
  const { value: chosen } = filter;
  const list = useList<AuditEntry>(addressOf(chosen), async (pageToken, signal) => {
    const answer = await auditService.listAudit({ filter: filterOf(chosen), pageToken }, { signal });
    head.value ??= answer.head?.number ?? 0n;
    return { things: answer.entries, next: answer.nextPageToken };
  });
  return (
    <section class="list" aria-labelledby="entries">
      <h2 id="entries">{t("audit.entries")}</h2>
      <ErrorLine text={list.failure} />
      {list.things === null && !list.failure ? <p role="status">{t("state.loading")}</p> : null}
      {list.things?.length === 0 ? <p class="note">{addressOf(chosen) === "#" ? t("audit.none") : t("audit.noneSuch")}</p> : null}
      <ol class="entries">
        {list.things?.map((entry) => (
          <Entry key={String(entry.number)} entry={entry} />
        ))}
      </ol>
      {list.more ? <Button onClick={list.more}>{t("audit.older")}</Button> : null}
    </section>
  );
}

function Entry({ entry }: { entry: AuditEntry }) {
  const { at, who, roles, outcome, count, images } = entry;
  const deed = deedOf(entry);
  return (
    <li class="entry">
      <time>{when(at)}</time>
      <p class="deed">
        <Chosen name="action" value={deed} text={deedWord(deed)} />
        {count > 1n ? <span class="note"> {counted("audit.times", Number(count))}</span> : null}
      </p>
      <p class="outcome">
        <span class={`chip-state ${toneOf(outcome)}`}>{outcomeWord(outcome)}</span>
      </p>
      <div class="person">
        <Chosen name="who" value={who} text={personOf(who)} />
        {roles.length > 0 ? <span class="note"> {roles.map((role) => known(`audit.role.${role}`, role)).join(", ")}</span> : null}
      </div>
      <div class="targets">
        {aboutOf(entry).map((target) => (
          <Chosen key={target} name="about" value={target} text={targetWord(target)} />
        ))}
        {images.length > 0 ? <span class="note">{counted("audit.images", images.length)}</span> : null}
      </div>
      <Details entry={entry} />
    </li>
  );
}

// The subject alone; who issued it is said where somebody looks closer.
function personOf(who: string): string {
  const [issuer = "", subject = ""] = who.split(/\|(.*)/s);
  if (issuer === "nobody") return t(subject === "everybody" ? "audit.everybody" : "audit.nobody");
  return subject || who;
}

function Chosen({ name, value, text }: { name: "action" | "who" | "about"; value: string; text: string }) {
  return (
    <button type="button" class="chosen" title={t("audit.only", { value })} onClick={() => choose({ [name]: value })}>
      {text}
    </button>
  );
}

function Details({ entry }: { entry: AuditEntry }) {
  const { number: place, who, host, requestId, images, action, hash, recordedAt } = entry;
  const facts = [
    [t("audit.number"), number(Number(place))],
    [t("audit.who"), who],
    [t("audit.host"), hostOf(host)],
    [t("audit.call"), action],
    [t("audit.request"), requestId],
    [t("audit.recorded"), when(recordedAt)],
    [t("audit.hash"), hash],
  ].filter(([, value]) => value);
  return (
    <details class="closer">
      <summary>{t("audit.closer")}</summary>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
      </dl>
      {images.length > 0 ? (
        <>
          <h3>{t("audit.handedOut")}</h3>
          <ul class="handed">
            {images.map(({ latentId, fileSha256 }) => (
              <li key={fileSha256}>
                <code>{latentId}</code> <code class="note">SHA-256 {fileSha256}</code>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </details>
  );
}
