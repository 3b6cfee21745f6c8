// What keys do on the images, or fingers where there are no keys.

import { Dialog } from "../parts/dialog";
import { byFingers, pointed } from "../parts/pointer";
import { t } from "../texts/texts";
import { COMMANDS, type Scene } from "./commands";
import { FIRST_STATE } from "./state";

export function Keys({ open, onClose, scene }: { open: boolean; onClose: () => void; scene: Scene }) {
  const commands = COMMANDS.filter(({ act }) => act(FIRST_STATE, scene) !== null);
  const more = byFingers.value
    ? [t("viewer.gestures.one"), t("viewer.gestures.touch"), t("viewer.gestures.two")]
    : [t("viewer.keys.arrows"), t("viewer.keys.space"), t("viewer.keys.escape"), t("viewer.keys.wheel")];
  return (
    <Dialog title={pointed("viewer.keys")} open={open} onClose={onClose}>
      <ul class="viewer-keys">
        {byFingers.value
          ? null
          : commands.map(({ key, text }) => (
              <li key={key}>
                <kbd>{key}</kbd> {t(text)}
              </li>
            ))}
        {more.map((text) => (
          <li key={text} class="wide">
            {text}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
