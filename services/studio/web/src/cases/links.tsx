// Links by which a case or a collection is read: made, copied, revoked.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

import type { Link } from "../protos/mammoganesis/v1/cases_pb";
import { Button } from "../parts/buttons";
import { Copied } from "../parts/copied";
import { Dialog } from "../parts/dialog";
import { EndsChoice } from "../parts/ends";
import { ErrorLine } from "../parts/messages";
import { caseService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { t } from "../texts/texts";
import { endOf, isOver, when, type Ends } from "../parts/when";

type Target = { case: "caseId"; value: string } | { case: "collectionId"; value: string };

export const shareAddress = (token: string) => new URL(`share#${token}`, document.baseURI).href;

const ends = signal<Ends>("never"); // of the next link

interface LinksProps {
  open: boolean;
  onClose: () => void;
  target: Target;
  isSaved?: boolean; // what is not has no link
  first?: () => Promise<boolean>; // before a link is made: what it leads to must be there
}

export function LinksDialog({ open, onClose, target, isSaved = true, first }: LinksProps) {
  const [links, setLinks] = useState<Link[]>([]);
  const [failure, setFailure] = useState("");
  const attempt = async (work: () => Promise<void>) => {
    setFailure("");
    try {
      await work();
    } catch (error) {
      setFailure(messageOf(error));
    }
  };
  const read = async () => setLinks((await caseService.listLinks({ target })).links);
  useEffect(() => {
    setLinks([]);
    if (open && isSaved) void attempt(read);
  }, [open, target.value]);
  const make = async () => {
    if (first && !(await first())) return;
    const endsAt = endOf(ends.value);
    await caseService.createLink({ target, ...(endsAt ? { endsAt } : {}) });
    await read();
  };
  return (
    <Dialog title={t("links.title")} open={open} onClose={onClose} wide>
      <div class="panel">
        <p class="note">{t("links.how")}</p>
        <div class="row">
          <EndsChoice value={ends.value} onChange={(value) => (ends.value = value)} />
          <Button look="primary" onClick={() => void attempt(make)}>
            {t("links.create")}
          </Button>
        </div>
        <ErrorLine text={failure} />
        {links.length === 0 ? <p class="note">{t("links.none")}</p> : null}
        <ol class="links">
          {links.map((link, place) => (
            <LinkLine key={link.token} link={link} number={links.length - place} onRevoke={() => void attempt(async () => void (await caseService.revokeLink({ token: link.token }), await read()))} />
          ))}
        </ol>
      </div>
    </Dialog>
  );
}

function LinkLine({ link, number, onRevoke }: { link: Link; number: number; onRevoke: () => void }) {
  const over = link.revokedAt ? t("links.revoked") : isOver(link.endsAt) ? t("links.over") : "";
  return (
    <li>
      {over ? (
        <p class="note">{`${when(link.createdAt)} · ${over}`}</p>
      ) : (
        <>
          <Copied label={t("links.address", { number })} text={shareAddress(link.token)} button={t("links.copyOne", { number })} />
          <div class="row spread">
            <span class="note">{link.endsAt ? t("links.until", { when: when(link.endsAt) }) : t("links.forever")}</span>
            <Button look="quiet" label={t("links.revokeOne", { number })} onClick={onRevoke}>
              {t("links.revoke")}
            </Button>
          </div>
        </>
      )}
    </li>
  );
}
