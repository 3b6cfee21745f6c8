// What a group has answered: a bar for each answer, its number written out, the right ones named.

import type { GroupAnswers } from "../protos/mammoganesis/v1/quizzes_pb";
import { counted, percent, t } from "../texts/texts";

export interface Row {
  text: string;
  count: number;
  right: boolean;
}

// Rows of a question with choices or categories; none for places and words.
export function rowsOf(group: GroupAnswers, labels: { text: string; right: boolean }[]): Row[] {
  const counts = [group.choiceCounts, group.biRadsCounts, group.densityCounts].find((list) => list.length > 0) ?? [];
  return counts.map((count, place) => ({ text: labels[place]?.text ?? "", right: labels[place]?.right ?? false, count }));
}

export function Bars({ name, rows, total }: { name: string; rows: Row[]; total: number }) {
  return (
    <ul class="bars" aria-label={name}>
      {rows.map(({ text, count, right }) => {
        const share = total > 0 ? count / total : 0;
        return (
          <li key={text} class={right ? "right" : ""} style={{ "--share": share } as Record<string, number>}>
            <span class="bar-name">
              {text}
              {right ? <strong> {t("feedback.rightMark")}</strong> : null}
            </span>
            <span class="bar-count">{t("group.count", { count, share: percent(share) })}</span>
            <i aria-hidden="true" />
          </li>
        );
      })}
    </ul>
  );
}

export function GroupLine({ group }: { group: GroupAnswers }) {
  return (
    <p class="note">
      {counted("group.answers", group.answers)}
      {group.right === undefined || group.answers === 0 ? "" : ` ${t("group.right", { share: percent(group.right / group.answers) })}`}
    </p>
  );
}
