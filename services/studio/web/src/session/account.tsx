// Who is logged in, with what they may do, and the way out; and what a page shows when its login has ended.

import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { t, type TextKey } from "../texts/texts";
import { Quotas } from "./quota";
import { account, ended, giveUp, logOut, mayHave } from "./session";

const POPUP = "popup,width=560,height=720";

export function Account() {
  const menu = useRef<HTMLDetailsElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const close = (event: Event) => {
      const { current } = menu;
      if (!current?.open) return;
      if (event instanceof KeyboardEvent ? event.key !== "Escape" : current.contains(event.target as Node)) return;
      current.open = false;
      if (event instanceof KeyboardEvent) current.querySelector("summary")?.focus();
    };
    const names = ["keydown", "pointerdown", "focusin"] as const;
    for (const name of names) document.addEventListener(name, close);
    return () => {
      for (const name of names) document.removeEventListener(name, close);
    };
  }, []);
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
