// An educator sees who has taken a quiz, and where their grades are. Names come from the platform and are kept nowhere.

import { useEffect, useState } from "preact/hooks";

import { Button } from "../parts/buttons";
import { ErrorLine, Message, Notice } from "../parts/messages";
import { messageOf } from "../rpc/failures";
import { ask } from "../rpc/studio";
import { language, number, pointsText, t, type TextKey } from "../texts/texts";

interface Person {
  name: string;
  grade: "none" | "open" | "not_taken" | "waiting" | "sent" | "given_up";
  answered?: number;
  points?: number;
  trouble?: string;
}

interface Standing {
  title: string;
  id: string;
  quiz: string; // its token; "": no quiz
  questions: number;
  points: number;
  people: Person[];
  names: string; // why there are none; "": the platform has told them
}

export function Standings({ launch }: { launch: string }) {
  const [standing, setStanding] = useState<Standing | null>(null);
  const [failure, setFailure] = useState("");
  const look = () => {
    setFailure("");
    ask("lti/standings", { launch })
      .then(async (answer) => setStanding((await answer.json()) as Standing))
      .catch((error: unknown) => setFailure(messageOf(error)));
  };
  useEffect(look, [launch]);
  if (!standing) return failure ? <Notice title={t("state.notOpened")} text={failure} onRetry={look} /> : <p class="opening" role="status">{t("state.loading")}</p>;
  return (
    <section class="one">
      <h1>{standing.title}</h1>
      {standing.quiz ? <Quiz standing={standing} onLook={look} /> : <p>{t("lti.standing.study")}</p>}
      <ErrorLine text={failure} />
    </section>
  );
}

function Quiz({ standing, onLook }: { standing: Standing; onLook: () => void }) {
  const { quiz, people, questions, points, names } = standing;
  return (
    <>
      <p class="row">
        <a class="button" href={`quiz?lang=${language.value}&frame=1#${quiz}`}>
          {t("lti.standing.quiz")}
        </a>
        <Button onClick={onLook}>{t("lti.standing.again")}</Button>
      </p>
      <h2>{t("lti.standing.title")}</h2>
      {names ? (
        <p class="note">
          <Message text={names === "none" ? t("lti.standing.noNames") : t("lti.standing.noNamesWhy", { message: names })} />
        </p>
      ) : null}
      {people.length === 0 ? <p class="note">{t("lti.standing.nobody")}</p> : null}
      {people.length > 0 ? (
        <div class="table">
          <table>
            <thead>
              <tr>
                <th scope="col">{t("lti.standing.name")}</th>
                <th scope="col">{t("lti.standing.answered")}</th>
                <th scope="col">{t("lti.standing.points")}</th>
                <th scope="col">{t("lti.standing.grade")}</th>
              </tr>
            </thead>
            <tbody>
              {people.map((person, at) => (
                <tr key={at}>
                  <th scope="row">{person.name || t("lti.standing.unnamed", { number: number(at + 1) })}</th>
                  <td>{person.answered === undefined ? "–" : `${number(person.answered)} / ${number(questions)}`}</td>
                  <td>{person.points === undefined ? "–" : `${pointsText(person.points)} / ${pointsText(points)}`}</td>
                  <td class={`grade ${person.grade}`}>
                    {t(`lti.grade.${person.grade}` as TextKey)}
                    {person.trouble ? (
                      <p class="note">
                        <Message text={t("error.detail", { message: person.trouble })} />
                      </p>
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </>
  );
}
