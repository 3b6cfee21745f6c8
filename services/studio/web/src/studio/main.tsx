import { render } from "preact";

import { modelService } from "../rpc/clients";

const page = document.getElementById("page");
if (page) {
  const model = await modelService.getModel({});
  render(<p>{model.name}</p>, page);
}
