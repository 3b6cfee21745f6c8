// Earlier versions: read, or made the newest again.

import { useEffect, useState } from "preact/hooks";

import type { Version } from "../protos/mammoganesis/v1/cases_pb";
import { Button } from "../parts/buttons";
import { Dialog } from "../parts/dialog";
import { ErrorLine } from "../parts/messages";
import { messageOf } from "../rpc/failures";
import { t } from "../texts/texts";
import { when } from "../parts/when";

interface VersionsProps {
  open: boolean;
  onClose: () => void;
  newest: number; // its number; a later save asks for the list again
  list: () => Promise<Version[]>;
  onRead?: (version: number) => void;
  onRestore: (version: number) => Promise<void>;
}

export function VersionsDialog({ open, onClose, newest, list, onRead, onRestore }: VersionsProps) {
  const [versions, setVersions] = useState<Version[]>([]);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    if (!open) return;
    setFailure("");
    list().then(setVersions, (error: unknown) => setFailure(messageOf(error)));
  }, [open, newest]);
  const restore = (version: number) =>
    onRestore(version).then(onClose, (error: unknown) => setFailure(messageOf(error)));
  return (
    <Dialog title={t("versions.title")} open={open} onClose={onClose}>
      <ErrorLine text={failure} />
      <ol class="panel">
        {versions.map(({ version, title, savedAt }) => (
          <li key={version} class="row spread">
            <span>
              {t("versions.one", { version, when: when(savedAt) })}
              <br />
              <span class="note">{title}</span>
            </span>
            <span class="row">
              {onRead ? (
                <Button label={t("versions.readOne", { version })} onClick={() => onRead(version)}>
                  {t("versions.read")}
                </Button>
              ) : null}
              {version === newest ? null : (
                <Button label={t("versions.restoreOne", { version })} onClick={() => void restore(version)}>
                  {t("versions.restore")}
                </Button>
              )}
            </span>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}
