// Who is logged in, with what they may do, and the way out; and what a page shows when its login has ended.

import { useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { usePutAway } from "../parts/putaway";
import { t, type TextKey } from "../texts/texts";
import { Quotas } from "./quota";
import { account, ended, giveUp, logOut, mayHave } from "./session";

const POPUP = "popup,width=560,height=720";

export function Account() {
  const menu = usePutAway<HTMLDetailsElement>();
  const [open, setOpen] = useState(false);
  const { value: who } = account;
  if (!who) return null;
  return (
    <details class="account" ref={menu} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary aria-label={t("account.menu", { name: who.name })}>
        <span>{who.name}</span>
      </summary>
      <div class="sheet">
        <p class="note">{t("account.roles")}</p>
        <Roles roles={who.roles} />
        {open ? <Quotas /> : null}
        {mayHave("lti") ? (
          <a class="button" href="lti">
            {t("lti.page")}
          </a>
        ) : null}
        <Button onClick={() => void logOut()}>{t("account.out")}</Button>
      </div>
    </details>
  );
}

export function Roles({ roles }: { roles: string[] }) {
  if (roles.length === 0) return <p>{t("account.noRole")}</p>;
  return (
    <ul class="roles">
      {roles.map((role) => (
        <li key={role}>{roleName(role)}</li>
      ))}
    </ul>
  );
}

export const roleName = (role: string) => t(`role.${role}` as TextKey);

// Everything on the page stays as it is, and what was asked for is asked again after the login.
export function LoginEnded() {
  const open = (event: MouseEvent) => {
    if (window.open("login?again", "mammoganesis.login", POPUP)) event.preventDefault();
  };
  return (
    <Dialog title={t("login.ended")} open={ended.value} onClose={giveUp}>
      <p class="said">{t("login.endedWhat")}</p>
      <p class="row">
        <a class="button primary" href="login?again" target="_blank" onClick={open}>
          {t("login.again")}
        </a>
      </p>
    </Dialog>
  );
}
