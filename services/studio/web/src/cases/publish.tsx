// A quiz out of cases or a collection: a few wishes, and then the link for takers.

import { signal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

import type { Quiz } from "../protos/mammoganesis/v1/quizzes_pb";
import { refreshed } from "../parts/acts";
import { Button } from "../parts/buttons";
import { Copied } from "../parts/copied";
import { Dialog } from "../parts/dialog";
import { EndsChoice } from "../parts/ends";
import { Check, TextField } from "../parts/fields";
import { ErrorLine } from "../parts/messages";
import { quizService } from "../rpc/clients";
import { messageOf } from "../rpc/failures";
import { t } from "../texts/texts";
import { go } from "./store";
import { endOf, type Ends } from "../parts/when";

interface Wishes {
  ends: Ends;
  mark: boolean;
  group: boolean;
}

const wishes = signal<Wishes>({ ends: "never", mark: true, group: true });
const FRAME_HEIGHT = 900; // pixels; the page tells the height that it would fill

export const quizAddress = (token: string) => new URL(`quiz#${token}`, document.baseURI).href;

export const embedding = ({ token, title }: Quiz): string => {
  const address = new URL(`quiz?frame=1#${token}`, document.baseURI).href;
  const name = title.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `<iframe src="${address}" title="${name}" width="100%" height="${FRAME_HEIGHT}" allow="fullscreen"></iframe>`;
};

interface PublishProps {
  open: boolean;
  onClose: () => void;
  what: { caseIds?: string[]; collectionId?: string };
  title: string;
  first?: () => Promise<boolean>; // what is published must be saved; false: it is not
}

export function PublishDialog({ open, onClose, what, title, first }: PublishProps) {
  const [named, setNamed] = useState(title);
  const [quiz, setQuiz] = useState<Quiz | null>(null);
  const [working, setWorking] = useState(false);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    if (!open) return;
    setNamed(title);
    setQuiz(null);
    setFailure("");
  }, [open]);
  const publish = async () => {
    setWorking(true);
    setFailure("");
    try {
      if (first && !(await first())) return onClose(); // why stands on the page
      const { ends, mark, group } = wishes.value;
      const endsAt = endOf(ends);
      const asked = { ...what, title: named, withoutBurnedInMark: !mark, groupHidden: !group, ...(endsAt ? { endsAt } : {}) };
      setQuiz((await quizService.publishQuiz(asked)).quiz ?? null);
      refreshed.value += 1;
    } catch (error) {
      setFailure(messageOf(error));
    } finally {
      setWorking(false);
    }
  };
  const wish = (change: Partial<Wishes>) => (wishes.value = { ...wishes.value, ...change });
  return (
    <Dialog title={t("publish.title")} open={open} onClose={onClose} wide>
      {quiz ? (
        <Published quiz={quiz} onClose={onClose} />
      ) : (
        <div class="panel">
          <p class="note">{t("publish.how")}</p>
          <TextField label={t("publish.quizTitle")} value={named} maxLength={200} onChange={setNamed} />
          <EndsChoice value={wishes.value.ends} onChange={(ends) => wish({ ends })} />
          <Check checked={wishes.value.group} onChange={(group) => wish({ group })}>
            {t("publish.group")}
          </Check>
          <Check checked={wishes.value.mark} onChange={(mark) => wish({ mark })}>
            {t("publish.mark")}
          </Check>
          <ErrorLine text={failure} />
          <div class="row">
            <Button look="primary" onClick={() => void publish()} disabled={working || !named.trim()}>
              {t("publish.now")}
            </Button>
            <p class="note" role="status">
              {working ? t("publish.working") : ""}
            </p>
          </div>
        </div>
      )}
    </Dialog>
  );
}

function Published({ quiz, onClose }: { quiz: Quiz; onClose: () => void }) {
  const results = () => {
    onClose();
    go({ at: "quiz", quizId: quiz.quizId });
  };
  return (
    <div class="panel">
      <p class="done" role="status">
        {t("publish.done")}
      </p>
      <Copied label={t("publish.address")} text={quizAddress(quiz.token)} />
      <div class="row">
        <a class="button" href={quizAddress(quiz.token)} target="_blank" rel="noopener">
          {t("publish.open")}
        </a>
        <Button onClick={results}>{t("publish.results")}</Button>
      </div>
      <h3>{t("publish.embed")}</h3>
      <Copied label={t("publish.embed")} text={embedding(quiz)} rows={3} />
    </div>
  );
}
