/** What happened around one's videos, comments and account, alike things together. */
import { post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Notification } from "../../api/types.gen";
import type { ScreenProps } from "../../app/routes";
import { useTitle } from "../../app/title";
import { readUnread, unread } from "../../app/unread";
import { Avatar } from "../../kit/avatar";
import { Button } from "../../kit/button";
import { Icon, type IconName } from "../../kit/icon";
import { InfiniteList, usePages, type Pages } from "../../kit/list";
import { Empty } from "../../kit/states";
import { toastProblem } from "../../kit/toast";
import { formatAgo } from "../../i18n";
import { inbox as words } from "../../strings/notifications";
import styles from "./notifications.module.css";

const ICONS: Record<Notification["type"], IconName> = { like: "heart", comment: "comment", follow: "user", mention: "letters", processing: "play", moderation: "shield" };

export default function Notifications(_: ScreenProps) {
  useTitle(words.title);
  const pages = usePages<Notification>("/notifications");
  const hasUnread = pages.items.value.some(({ read }) => !read) || unread.value > 0;
  return (
    <div class="page narrow">
      <header class="page-head">
        <h1 tabIndex={-1}>{words.title}</h1>
        <Button icon="check" disabled={!hasUnread} onClick={() => void markRead(pages, null)}>{words.readAll}</Button>
      </header>
      <InfiniteList label={words.label} pages={pages} keyOf={({ id }) => id} empty={<Empty icon="bell" title={words.empty} detail={words.emptyDetail} />}>
        {(notification) => <Row notification={notification} onRead={() => void markRead(pages, notification.id)} />}
      </InfiniteList>
    </div>
  );
}

/** Marks one as read, or all; shown at once, put back where the server disagrees. */
async function markRead(pages: Pages<Notification>, id: string | null): Promise<void> {
  const before = pages.items.peek();
  if (id !== null && before.find((each) => each.id === id)?.read) return;
  pages.items.value = before.map((each) => (id === null || each.id === id ? { ...each, read: true } : each));
  try {
    await post("/notifications/read", id === null ? { all: true } : { ids: [id] });
    await readUnread();
  } catch (thrown) {
    pages.items.value = before;
    toastProblem(asProblem(thrown));
  }
}

function Row({ notification, onRead }: { readonly notification: Notification; readonly onRead: () => void }) {
  const { type, actors, text, read, updated_at } = notification;
  const href = addressOf(notification);
  const inside = (
    <>
      <span class={styles.who}>
        {actors[0] ? <Avatar person={actors[0]} size={44} /> : <span class={styles.sign}><Icon name={ICONS[type]} size={22} /></span>}
        {actors[0] && <span class={styles.kind}><Icon name={ICONS[type]} size={14} filled /></span>}
      </span>
      <span class={styles.text}>
        {type === "moderation" && <b>{words.statement}</b>}
        <span>{text}</span>
        <span class="muted">{formatAgo(updated_at)}</span>
      </span>
      {!read && <span class={styles.dot}><span class="visually-hidden">{words.unread}</span></span>}
    </>
  );
  const classes = `${styles.row} ${read ? "" : styles.unread}`;
  return href ? <a class={classes} href={href} onClick={onRead}>{inside}</a> : <button type="button" class={classes} onClick={onRead}>{inside}</button>;
}

/** Returns where a notification leads; a decision is read here and leads nowhere. */
function addressOf({ type, actors, actor_count, video_id }: Notification): string | null {
  if (type === "moderation") return null;
  if (type === "processing") return video_id && `/upload/${video_id}`;
  if (video_id) return `/v/${video_id}`;
  return actors[0] && actor_count > 0 ? `/@${actors[0].username}` : null;
}
