import { common } from "./common";
import { help } from "./help";
import { studio } from "./studio";
import { words } from "./words";

export const en = { ...common, ...help, ...studio, ...words } as const;
