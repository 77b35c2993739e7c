/** Every screen, by its path; its code is loaded when somebody goes there. */
import type { ComponentType } from "preact";
import type { Params } from "./router";

export interface ScreenProps {
  readonly params: Params;
}

type Load = () => Promise<{ default: ComponentType<ScreenProps> }>;

export interface Route {
  readonly path: string;
  readonly load: Load;
  /** Who may come here; others are asked to sign in, or told that it isn't for them. */
  readonly needs?: "session" | "creator" | "moderator" | "admin";
}

const feed: Load = () => import("../screens/feed/feed");
const video: Load = () => import("../screens/feed/video");

export const routes: readonly Route[] = [
  { path: "/", load: feed },
  { path: "/following", load: feed },
  { path: "/trending", load: feed },
  { path: "/v/:id", load: video },
  { path: "/tag/:tag", load: () => import("../screens/search/hashtag") },
  { path: "/sound/:id", load: () => import("../screens/search/sound") },
  { path: "/search", load: () => import("../screens/search/search") },
  { path: "/@:username", load: () => import("../screens/people/profile") },
  { path: "/u/:id", load: () => import("../screens/people/profile") }, // for links that outlive a name
  { path: "/@:username/:list", load: () => import("../screens/people/relations") }, // followers, following
  { path: "/join", load: () => import("../screens/people/join") },
  { path: "/notifications", load: () => import("../screens/notifications/notifications"), needs: "session" },
  { path: "/settings", load: () => import("../screens/settings/settings"), needs: "session" },
  { path: "/settings/:section", load: () => import("../screens/settings/settings"), needs: "session" },
  { path: "/upload", load: () => import("../screens/upload/upload"), needs: "session" },
  { path: "/upload/:id", load: () => import("../screens/upload/progress"), needs: "session" },
  { path: "/studio", load: () => import("../screens/studio/overview"), needs: "creator" },
  { path: "/studio/videos", load: () => import("../screens/studio/videos"), needs: "creator" },
  { path: "/studio/videos/:id", load: () => import("../screens/studio/video"), needs: "creator" },
  { path: "/studio/videos/:id/edit", load: () => import("../screens/studio/edit"), needs: "creator" },
  { path: "/moderation", load: () => import("../screens/moderation/console"), needs: "moderator" },
  { path: "/moderation/:section", load: () => import("../screens/moderation/console"), needs: "moderator" },
];
