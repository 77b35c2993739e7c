import { formatNumber } from "../i18n";

const counted = (count: number, one: string, many: string) => `${formatNumber(count)} ${count === 1 ? one : many}`;

export const search = {
  title: "Search",
  field: "Search videos, people, hashtags and sounds",
  placeholder: "Search",
  go: "Search",
  clear: "Clear",
  suggestions: "Suggestions",
  kinds: { hashtag: "Hashtag", user: "Person", sound: "Sound" } as Record<string, string>,
  tabs: { label: "Results", all: "All", videos: "Videos", users: "People", hashtags: "Hashtags", sounds: "Sounds" },
  results: (query: string) => `Results for ${query}`,
  nothing: (query: string) => `Nothing found for “${query}”`,
  nothingDetail: "Try other words, or fewer of them.",
  nothingOfKind: "Nothing of this kind",
  all: "See all",
  trending: "Trending",
  trendingHashtags: "Trending hashtags",
  trendingSounds: "Trending sounds",
  noTrend: "Nothing is trending yet",
  noTrendDetail: "Come back when a few more videos have been watched.",
  windows: { label: "Over", "1h": "Hour", "24h": "Day", "7d": "Week" },
  fresh: "new",
  rose: (places: number) => `up ${places}`,
  fell: (places: number) => `down ${places}`,
  videos: (count: number) => counted(count, "video", "videos"),
  views: (count: number) => counted(count, "view", "views"),
};

export const places = {
  hashtagEmpty: "No videos with this hashtag yet",
  soundEmpty: "No videos with this sound yet",
  sound: "Sound",
  listen: "Listen",
  pause: "Pause",
  use: "Use this sound",
  silent: "The sound could not be played.",
};
