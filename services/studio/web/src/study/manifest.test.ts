import { describe, expect, it } from "vitest";

import { Density } from "../protos/mammoganesis/v1/cases_pb";
import { Side, View } from "../protos/mammoganesis/v1/images_pb";
import { described, guessed, readManifest, rowsOf, sortedOut, twice } from "./manifest";

const at = (...paths: string[]) => paths.map((path) => ({ path }));

describe("a CSV file", () => {
  it.each([
    ["a,b\n1,2\n", [["a", "b"], ["1", "2"]]],
    ["\uFEFFa;b\r\n1,5;2\r\n\r\n", [["a", "b"], ["1,5", "2"]]],
    ["a\tb\n1\t2", [["a", "b"], ["1", "2"]]],
    ['a,b\n"x, y","say ""so"""\n', [["a", "b"], ["x, y", 'say "so"']]],
    ['a,b\n"two\nlines",2\n', [["a", "b"], ["two\nlines", "2"]]],
    ["", []],
  ])("is read as spreadsheets write it: %j", (text, rows) => expect(rowsOf(text)).toEqual(rows));
});

describe("a manifest", () => {
  it("says what is known of each file", () => {
    const { rows, problems } = readManifest("file,patient_id,view,side,density,training\nreals/a.png,P1,mlo,L,C,yes\nb.png,P2,,,,\n");
    expect(problems).toEqual([]);
    expect(rows).toEqual([
      { file: "reals/a.png", patientId: "P1", view: View.MLO, side: Side.LEFT, density: Density.C, training: true },
      { file: "b.png", patientId: "P2", view: View.UNSPECIFIED, side: Side.UNSPECIFIED, density: Density.UNSPECIFIED, training: false },
    ]);
  });

  it("may have the columns of published sets", () => {
    const { rows } = readManifest("file,mask,patient_id,laterality,view,age,density_acr\nimages/P1.jpg,m.jpg,P102,R,CC,39,D\n");
    expect(rows).toEqual([{ file: "images/P1.jpg", patientId: "P102", view: View.CC, side: Side.RIGHT, density: Density.D, training: false }]);
  });

  it("without its columns says which, and with a value that is not allowed says where", () => {
    expect(readManifest("name;view\na.png;CC").problems).toEqual([{ kind: "column", column: "file" }, { kind: "column", column: "patient_id" }]);
    expect(readManifest("file,patient_id,view\na.png,P1,LM\nb.png,,CC\n").problems).toEqual([
      { kind: "value", line: 2, column: "view", value: "LM", allowed: "CC, MLO" },
      { kind: "value", line: 3, column: "patient_id", value: "", allowed: "1-64" },
    ]);
  });
});

describe("chosen files", () => {
  it("are images, one manifest, and others", () => {
    const { images, manifest, others } = sortedOut(at("reals/a.png", "reals/IM0001", "reals/b.DCM", "reals/.DS_Store", "reals/list.csv", "reals/manifest.csv", "reals/c.jpg", "reals/readme.txt"));
    expect(images.map(({ name }) => name)).toEqual(["a.png", "IM0001", "b.DCM", "c.jpg"]);
    expect([manifest?.path, others]).toEqual(["reals/manifest.csv", ["readme.txt"]]);
  });

  it.each([
    ["x/P102_R_DM_MLO.png", { patientId: "P102", view: View.MLO, side: Side.RIGHT, density: Density.UNSPECIFIED, training: false }],
    ["IM0001.png", { patientId: "IM0001", view: View.UNSPECIFIED, side: Side.UNSPECIFIED, density: Density.UNSPECIFIED, training: false }],
    ["R-1 cc l.dcm", { patientId: "", view: View.CC, side: Side.LEFT, density: Density.UNSPECIFIED, training: false }],
  ])("say something by their names: %s", (path, about) => expect(guessed(path)).toEqual(about));

  it("are found by the manifest in their folders, and what lacks on either side is named", () => {
    const { rows } = readManifest("file,patient_id\nset/a.png,P1\nset/gone.png,P2\n");
    const { images } = sortedOut(at("all/set/a.png", "all/other/a2.png"));
    const said = described(images, rows);
    expect(said.images.map(({ name, patientId }) => [name, patientId])).toEqual([["a.png", "P1"]]);
    expect(said.problems).toEqual([{ kind: "unnamed", file: "a2.png" }, { kind: "missing", file: "set/gone.png" }]);
    expect(described(sortedOut(at("a.png")).images, rows).images).toHaveLength(1); // chosen without its folder
  });

  it("of one name in two folders are told", () => {
    expect(twice(sortedOut(at("a/x.png", "b/x.png", "c/x.png", "y.png")).images)).toEqual([{ kind: "twice", file: "x.png" }]);
  });
});
