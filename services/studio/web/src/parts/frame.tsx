// What stands around every page: name, ways to the other pages, state of the server, language, footer.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { Account, LoginEnded } from "../session/account";
import { follow, mayHave } from "../session/session";
import { usePutAway } from "./putaway";
import { isLanguage, language, languages, speak, t } from "../texts/texts";

export const ADDRESSES = { studio: ".", cases: "cases", study: "study", jobs: "jobs", audit: "audit", verify: "verify", curate: "curate" };
export type PageName = keyof typeof ADDRESSES;
export const PAGES = Object.keys(ADDRESSES) as PageName[]; // for whoever makes images, cases and studies

export type ServerState = { mode: "connecting" | "up" | "down"; text: string };

interface FrameProps {
  page: PageName | null; // null: one that stands by itself
  pages: PageName[]; // those that there are
  server?: ServerState; // a page that asks for no image has none
  attribution?: string;
  actions?: ComponentChildren; // in the bar
  children: ComponentChildren;
}

export function Frame({ page, pages, server, attribution = "", actions, children }: FrameProps) {
  useEffect(() => void follow(), []);
  return (
    <>
      <a class="skip" href="#controls" onClick={skip}>
        {t("app.skip")}
      </a>
      <header class="bar">
        <p class="brand">
          {t("app.name")} <span>{t("app.studio")}</span>
        </p>
        {pages.length > 0 ? <Pages page={page} pages={pages.filter(mayHave)} beside={actions !== undefined} /> : null}
        {actions}
        <div class="bar-end">
          {server ? (
            <p class="server" data-state={server.mode} role="status">
              <i aria-hidden="true" />
              <span>{server.text}</span>
            </p>
          ) : null}
          <Account />
          <LanguageChoice />
        </div>
      </header>
      {children}
      <LoginEnded />
      <footer>
        {attribution ? <p>{attribution}</p> : null}
        <p>{t("app.notDiagnosis")}</p>
      </footer>
    </>
  );
}

// Where things to do stand beside them, narrow screens have them behind a menu; else they slide, to the one on show.
function Pages({ page, pages, beside }: { page: PageName | null; pages: PageName[]; beside: boolean }) {
  const whole = usePutAway<HTMLElement>();
  const links = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const { current } = links;
    const here = current?.querySelector<HTMLElement>("[aria-current]");
    if (current && here) current.scrollLeft = here.offsetLeft - current.offsetLeft - (current.clientWidth - here.clientWidth) / 2;
  }, [pages.length]);
  return (
    <nav aria-label={t("page.all")} ref={whole}>
      {beside ? (
        <details>
          <summary>{page ? t(`page.${page}`) : t("page.all")}</summary>
        </details>
      ) : null}
      <div class="pages" ref={links}>
        {pages.map((name) => (
          <a key={name} href={ADDRESSES[name]} aria-current={name === page ? "page" : undefined}>
            {t(`page.${name}`)}
          </a>
        ))}
      </div>
    </nav>
  );
}

// The address of a page is its state: a jump within it must not change that.
function skip(event: MouseEvent) {
  event.preventDefault();
  document.getElementById("controls")?.focus();
}

export function LanguageChoice() {
  return (
    <select
      class="language"
      aria-label={t("app.language")}
      value={language.value}
      onChange={(event) => {
        const code = event.currentTarget.value;
        if (isLanguage(code)) speak(code);
      }}
    >
      {languages.map(({ code, name }) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
}
