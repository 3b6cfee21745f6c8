// A button that opens the browser's choice of files.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

import { Button } from "./buttons";

// Types of the files that hold a recipe of ours.
export const OF_OURS = ".png,.dcm,.json,image/png,application/dicom,application/json";

interface FileButtonProps {
  accept?: string;
  look?: "plain" | "quiet";
  label?: string; // as a button's
  several?: boolean;
  folder?: boolean; // a whole folder, with what is below it
  onFiles: (files: File[]) => void;
  children: ComponentChildren;
}

export function FileButton({ accept, look = "plain", label, several = false, folder = false, onFiles, children }: FileButtonProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button onClick={() => input.current?.click()} look={look} label={label}>
        {children}
      </Button>
      <input
        ref={(element) => {
          input.current = element;
          if (element) element.webkitdirectory = folder;
        }}
        type="file"
        hidden
        multiple={several}
        accept={accept}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = ""; // so that the same file can be chosen again
          if (files.length > 0) onFiles(files);
        }}
      />
    </>
  );
}
