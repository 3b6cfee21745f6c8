// Which part of the page is on show.

import { Frame, PAGES } from "../parts/frame";
import { Told } from "../parts/told";
import { served, serverState } from "../state/served";
import { NewJob } from "./form";
import { JobPage } from "./job";
import { JobList } from "./list";
import { place } from "./store";

export function JobsPage() {
  const { value: here } = place;
  return (
    <Frame page="jobs" pages={PAGES} server={serverState.value} attribution={served.value?.model.attribution ?? ""}>
      <main class="jobs" id="controls" tabIndex={-1}>
        {here.at === "jobs" ? <JobList /> : null}
        {here.at === "new" ? <NewJob /> : null}
        {here.at === "job" ? <JobPage key={here.jobId} jobId={here.jobId} /> : null}
      </main>
      {here.at === "new" ? null : <Told />}
    </Frame>
  );
}
