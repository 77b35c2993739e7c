import { formatNumber } from "../i18n";

export const follows = {
  follow: "Follow",
  following: "Following",
  reason: (username: string) => `Sign in to follow @${username}.`,
};

export const tiles = {
  untitled: (username: string) => `Video by @${username}`,
  views: (count: number) => (count === 1 ? "1 view" : `${formatNumber(count)} views`),
};
