import { common } from "./common";
import { studio } from "./studio";
import { words } from "./words";

export const en = { ...common, ...studio, ...words } as const;
