import type { Picture } from "./view.ts";

/** The picture of an execution: the same as in reports. */
export const picture: Picture = ({ status }) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 40" role="img"><title>${status}</title><text x="8" y="24">${status}</text></svg>`;
