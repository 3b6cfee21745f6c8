// Tabs of one panel: arrow keys move between them.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface TabsProps<Name extends string> {
  label: string;
  tabs: { name: Name; text: string }[];
  chosen: Name;
  onChoose: (name: Name) => void;
  children: ComponentChildren; // the panel of the chosen one
}

export function Tabs<Name extends string>({ label, tabs, chosen, onChoose, children }: TabsProps<Name>) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, Home: -tabs.length, End: tabs.length }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const here = tabs.findIndex((tab) => tab.name === chosen);
    const there =
      Math.abs(step) === 1 ? (here + step + tabs.length) % tabs.length : Math.min(tabs.length - 1, Math.max(0, here + step));
    const tab = tabs[there];
    if (!tab) return;
    onChoose(tab.name);
    list.current?.querySelectorAll<HTMLButtonElement>("[role=tab]")[there]?.focus();
  };
  return (
    <>
      <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`tab-${tab.name}`}
            aria-controls={`panel-${tab.name}`}
            aria-selected={tab.name === chosen}
            tabIndex={tab.name === chosen ? 0 : -1}
            onClick={() => onChoose(tab.name)}
          >
            {tab.text}
          </button>
        ))}
      </div>
      <div class="panel" role="tabpanel" id={`panel-${chosen}`} aria-labelledby={`tab-${chosen}`}>
        {children}
      </div>
    </>
  );
}
