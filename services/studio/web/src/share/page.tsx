// A shared case, or the cases of a shared collection.

import { Frame } from "../parts/frame";
import { Notice } from "../parts/messages";
import { Thumbnail } from "../images/small";
import { served, serverState, smallResolution } from "../state/served";
import { CaseReading } from "../teaching/casereading";
import { counted, t } from "../texts/texts";
import { address, failure, opened, refused } from "./store";

export function SharePage() {
  return (
    <Frame page={null} pages={[]} server={serverState.value} attribution={served.value?.model.attribution ?? ""}>
      <main class="shared" id="controls" tabIndex={-1}>
        {opened.value ? null : <h1 class="unseen">{t("share.page")}</h1>}
        <Content />
      </main>
    </Frame>
  );
}

function Content() {
  if (refused.value) return <Notice title={t("share.notThere")} text={failure.value} />;
  const { value: link } = opened;
  if (!link) return <p class="opening" role="status">{failure.value || t("state.loading")}</p>;
  const { token } = address.value;
  if (link.case) {
    return (
      <>
        {link.collection ? (
          <p class="back">
            <a href={`#${token}`}>{t("share.back")}</a>
          </p>
        ) : null}
        <CaseReading key={link.case.caseId} one={link.case} answered={false} />
      </>
    );
  }
  return (
    <div class="one">
      <h1>{link.collection?.title}</h1>
      <p class="prose">{link.collection?.description}</p>
      <ul class="cards" aria-label={t("share.cases")}>
        {link.cases.map(({ caseId, title, firstImage, questions }) => (
          <li key={caseId} class="card">
            <span class="small">
              {firstImage?.latent?.kind.case === "recipe" ? <Thumbnail recipe={firstImage.latent.kind.value} resolution={smallResolution.value} alt="" /> : null}
            </span>
            <div class="about">
              <h2>
                <a href={`#${token}/${caseId}`}>{title}</a>
              </h2>
              <p class="note">{counted("cases.questions", questions)}</p>
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}
