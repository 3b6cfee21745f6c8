// The help beside a control.

import { Help } from "../../parts/buttons";
import { t, type TextKey } from "../../texts/texts";

type Topic = TextKey extends infer Key ? (Key extends `help.${infer Name}` ? Name : never) : never;

export function HelpOn({ topic, name }: { topic: Topic; name: string }) {
  return <Help name={name}>{t(`help.${topic}`)}</Help>;
}
