// What each part of a case gets that is being made.

import type { Case } from "../protos/mammoganesis/v1/cases_pb";

export interface TabProps {
  one: Case;
  onChange: (next: Case, burst?: string) => void;
}
