import { formatAgo, formatDay } from "../i18n";

export const settings = {
  title: "Settings",
  sections: {
    profile: "Profile",
    security: "Password and sessions",
    feed: "Your feed",
    history: "Watch history",
    blocks: "Blocked people",
    appearance: "Appearance",
    creator: "Become a creator",
    data: "Your data",
  },
  signOut: "Sign out",
  country: "Country",
  countryHint: "Two letters, as NL.",
  language: "Language",
  languageHint: "Two or three letters, as en.",
};

export const security = {
  change: "Change the password",
  current: "Current password",
  next: "New password",
  nextHint: "At least 8 characters. All other sessions end.",
  changed: "Your password is changed. All other sessions have ended.",
  sessions: "Where you are signed in",
  thisOne: "This device",
  used: (at: string) => `Last used ${formatAgo(at)}`,
  end: "End",
  endNamed: (client: string) => `End the session of ${client}`,
  endOthers: "End all other sessions",
  ended: "The session has ended.",
  endedAll: "All other sessions have ended.",
  unknown: "Unknown device",
};

export const tuning = {
  interests: "Interests",
  interestsHint: "Hashtags that you would like to see more of.",
  keywords: "Hidden words",
  keywordsHint: "Videos that mention one of them stay out of your feed.",
  add: "Add",
  removeNamed: (word: string) => `Remove ${word}`,
  none: "Nothing yet.",
  reset: "Start over",
  resetDetail: "Your feed forgets what it has learned about you. Whom you follow and block stays.",
  resetTitle: "Reset your feed?",
  resetAct: "Reset my feed",
  resetDone: "Your feed starts over.",
};

export const watching = {
  pause: "Pause the history",
  pauseHint: "What you watch is neither kept here nor learned from.",
  clear: "Delete the history",
  clearTitle: "Delete your whole watch history?",
  clearDetail: "The feed forgets what it has learned from it, too. It can't be undone.",
  cleared: "Your history is deleted.",
  removed: "Removed from your history.",
  removeNamed: (name: string) => `Remove ${name} from the history`,
  empty: "Nothing watched yet",
  emptyDetail: "Videos you watch appear here, the last one first.",
  label: "Watched videos",
};

export const blocked = { empty: "You have blocked nobody", emptyDetail: "Block somebody from their profile or one of their videos.", label: "People you have blocked" };

export const looks = {
  legend: "Theme",
  choices: { system: "As on this device", light: "Light", dark: "Dark" },
};

export const becoming = {
  intro: "Creators upload videos and see how they do.",
  terms: "I upload only what is mine, or what I may use, and keep to the rules of the community.",
  act: "Become a creator",
  done: "You are a creator now.",
  already: "You are a creator",
  alreadyDetail: "Upload a video, or see in the studio how yours do.",
  studio: "Open the studio",
};

export const data = {
  export: "A copy of your data",
  exportDetail: "Everything that is held about you, as JSON in a zip file.",
  start: "Make a copy",
  again: "Make a new copy",
  working: "Your copy is being made. You can leave this page and come back.",
  ready: "Your copy is ready. The link works for 15 minutes.",
  download: "Download",
  failed: "The copy could not be made.",
  leave: "Delete the account",
  leaveDetail: "You and everything you made are hidden at once, and deleted for good after 30 days. Sign in before then, and everything is back.",
  leaveTitle: "Delete your account?",
  password: "Password",
  leaveAct: "Delete my account",
  left: (purgeAt: string) => `Your account is hidden. It will be deleted on ${formatDay(purgeAt)}; sign in before then to keep it.`,
};
