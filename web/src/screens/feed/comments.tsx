/** What people say about a video, in threads of two levels. */
import { useSignal, type Signal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { del, newId, post, put } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Comment, CommentLikeState, Video } from "../../api/types.gen";
import { formatAgo, formatCount } from "../../i18n";
import { Avatar } from "../../kit/avatar";
import { Button, IconButton } from "../../kit/button";
import { Icon } from "../../kit/icon";
import { InfiniteList, usePages, type Pages } from "../../kit/list";
import { Menu, type MenuItem } from "../../kit/menu";
import { Sheet } from "../../kit/sheet";
import { Empty, Skeleton } from "../../kit/states";
import { Tabs } from "../../kit/tabs";
import { toast, toastProblem } from "../../kit/toast";
import { hasRole, me, signInAsked, withSession } from "../../session/session";
import { comments as words, feed } from "../../strings/feed";
import { refresh } from "./actions";
import { RichText } from "./rich-text";
import { ReportSheet } from "./sheets";
import type { Entry } from "./store";
import styles from "./comments.module.css";

interface Thread {
  readonly video: Video;
  /** Whom the next comment answers. */
  readonly replyTo: Signal<Comment | null>;
  /** Rises when a comment was added or taken away. */
  readonly changed: (comment: Comment, gone: boolean) => void;
  readonly report: (comment: Comment) => void;
  /** Answers that were just written, by the comment they belong to. */
  readonly added: Signal<readonly Comment[]>;
}

type Order = "top" | "new";

export function Comments({ entry, close }: { readonly entry: Entry; readonly close: () => void }) {
  const video = entry.video.value;
  const order = useSignal<Order>("top");
  const replyTo = useSignal<Comment | null>(null);
  const reported = useSignal<Comment | null>(null);
  const added = useSignal<readonly Comment[]>([]);
  const pages = usePages<Comment>(`/videos/${video.id}/comments`, { sort: order.value });
  const changed = (comment: Comment, gone: boolean) => {
    if (comment.parent_id) added.value = gone ? added.value.filter(({ id }) => id !== comment.id) : [...added.value, comment];
    else pages.items.value = gone ? pages.items.value.filter(({ id }) => id !== comment.id) : [comment, ...pages.items.value];
    void refresh(entry);
  };
  const thread: Thread = { video, replyTo, changed, report: (comment) => (reported.value = comment), added };
  if (!video.allow_comments) {
    return <Sheet title={words.label} onClose={close} place="side"><Empty icon="comment" title={words.off} detail={words.offDetail} /></Sheet>;
  }
  return (
    <Sheet title={words.title(video.stats.comments)} onClose={close} place="side" foot={<Composer thread={thread} />} testId="comments-sheet">
      <Tabs label={words.sort} tabs={[{ id: "top", label: words.top }, { id: "new", label: words.newest }]} value={order.value} onChange={(next) => (order.value = next)} />
      <List pages={pages} thread={thread} />
      {reported.value && <ReportSheet type="comment" id={reported.value.id} close={() => (reported.value = null)} />}
    </Sheet>
  );
}

function List({ pages, thread }: { readonly pages: Pages<Comment>; readonly thread: Thread }) {
  return (
    <div class={styles.list}>
      <InfiniteList label={words.label} pages={pages} keyOf={({ id }) => id} skeleton={<Ghost />} empty={<Empty icon="comment" title={words.none} detail={words.noneDetail} />}>
        {(comment) => <Item comment={comment} thread={thread} remove={() => thread.changed(comment, true)} />}
      </InfiniteList>
    </div>
  );
}

function Ghost() {
  return <div class={styles.ghost}><Skeleton width="36px" height="36px" round /><Skeleton height="3rem" /></div>;
}

interface ItemProps {
  readonly comment: Comment;
  readonly thread: Thread;
  readonly remove: () => void;
}

function Item({ comment, thread, remove }: ItemProps) {
  const { author } = comment;
  const isReply = comment.parent_id !== null;
  return (
    <div class={styles.item} data-testid="comment">
      <a href={`/@${author.username}`} aria-hidden="true" tabIndex={-1}><Avatar person={author} size={isReply ? 28 : 36} /></a>
      <div class={styles.body}>
        <p class={styles.by}>
          <a href={`/@${author.username}`}>{author.display_name || author.username}</a>
          {author.id === thread.video.creator.id && <span class={styles.creator}>{words.creator}</span>}
          <time class="muted" dateTime={comment.created_at}>{formatAgo(comment.created_at)}</time>
        </p>
        <p class={styles.text}><RichText text={comment.text} /></p>
        <div class={styles.tools}>
          <Like comment={comment} />
          <button type="button" onClick={() => withSession(feed.reasonToComment, () => (thread.replyTo.value = comment))}>{words.reply}</button>
          <Options comment={comment} thread={thread} remove={remove} />
        </div>
        {!isReply && <Replies comment={comment} thread={thread} />}
      </div>
    </div>
  );
}

function Like({ comment }: { readonly comment: Comment }) {
  const state = useSignal({ liked: comment.viewer?.liked ?? false, count: comment.like_count });
  const { liked, count } = state.value;
  const toggle = () => withSession(feed.reasonToLike, async () => {
    const before = state.peek();
    state.value = { liked: !before.liked, count: before.count + (before.liked ? -1 : 1) };
    try {
      const path = `/comments/${comment.id}/like`;
      const now = await (before.liked ? del<CommentLikeState>(path) : put<CommentLikeState>(path));
      state.value = { liked: now.liked, count: now.like_count };
    } catch (thrown) {
      state.value = before;
      toastProblem(asProblem(thrown));
    }
  });
  return (
    <button type="button" class={liked ? styles.liked : ""} aria-pressed={liked} aria-label={words.like(count)} onClick={toggle}>
      <Icon name="heart" size={18} filled={liked} /><span class="tabular">{count > 0 ? formatCount(count) : ""}</span>
    </button>
  );
}

function Options({ comment, thread, remove }: ItemProps) {
  const person = me.value;
  const isOwn = person?.id === comment.author.id;
  const mayRemove = isOwn || person?.id === thread.video.creator.id || hasRole("moderator");
  const items: MenuItem[] = [];
  if (mayRemove) items.push({ label: words.remove, icon: "trash", danger: true, run: () => void take() });
  if (!isOwn) items.push({ label: words.report, icon: "flag", run: () => withSession(feed.reasonToReport, () => thread.report(comment)) });
  const take = async () => {
    try {
      await del(`/comments/${comment.id}`);
      remove();
      toast(words.removed);
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    }
  };
  return <Menu label={words.options(comment.author.username)} items={items} />;
}

function Replies({ comment, thread }: { readonly comment: Comment; readonly thread: Thread }) {
  const open = useSignal(false);
  const own = thread.added.value.filter(({ parent_id }) => parent_id === comment.id);
  return (
    <>
      {!open.value && own.length > 0 && own.map((reply) => <Item key={reply.id} comment={reply} thread={thread} remove={() => thread.changed(reply, true)} />)}
      {comment.reply_count > 0 && (
        <button type="button" class={styles.replies} aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
          {open.value ? words.hideReplies : words.replies(comment.reply_count)}
        </button>
      )}
      {open.value && <Opened comment={comment} thread={thread} />}
    </>
  );
}

function Opened({ comment, thread }: { readonly comment: Comment; readonly thread: Thread }) {
  const pages = usePages<Comment>(`/comments/${comment.id}/replies`, { after: null });
  const fresh = thread.added.value.filter(({ id, parent_id }) => parent_id === comment.id && !pages.items.value.some((each) => each.id === id));
  const remove = (reply: Comment) => () => {
    pages.items.value = pages.items.value.filter(({ id }) => id !== reply.id);
    thread.changed(reply, true);
  };
  return (
    <>
      <InfiniteList label={words.replies(comment.reply_count)} pages={pages} keyOf={({ id }) => id} skeleton={<Ghost />} empty={null}>
        {(reply) => <Item comment={reply} thread={thread} remove={remove(reply)} />}
      </InfiniteList>
      {fresh.map((reply) => <Item key={reply.id} comment={reply} thread={thread} remove={remove(reply)} />)}
    </>
  );
}

const LONGEST = 500;

function Composer({ thread }: { readonly thread: Thread }) {
  const text = useSignal("");
  const busy = useSignal(false);
  const key = useRef(newId());
  const target = thread.replyTo.value;
  if (!me.value) return <Button kind="primary" wide onClick={() => (signInAsked.value = { reason: feed.reasonToComment })}>{words.signIn}</Button>;
  const send = async (event: Event) => {
    event.preventDefault();
    if (!text.peek().trim() || busy.peek()) return;
    busy.value = true;
    try {
      const parent_id = target ? (target.parent_id ?? target.id) : null;
      const body = parent_id ? { text: text.peek(), parent_id } : { text: text.peek() };
      thread.changed(await post<Comment>(`/videos/${thread.video.id}/comments`, body, { idempotencyKey: key.current }), false);
      text.value = "";
      key.current = newId();
      thread.replyTo.value = null;
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    } finally {
      busy.value = false;
    }
  };
  const label = target ? words.replyTo(target.author.username) : words.placeholder;
  const enter = (event: KeyboardEvent) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) void send(event);
  };
  return (
    <form class={styles.composer} onSubmit={send}>
      {target && <p class={styles.target}>{label}<IconButton icon="close" size={16} label={words.noReply} onClick={() => (thread.replyTo.value = null)} /></p>}
      <textarea
        key={target?.id} autofocus={Boolean(target)} ref={(field) => { if (target) field?.focus(); }} rows={1} maxLength={LONGEST} aria-label={label} placeholder={label}
        value={text.value} onInput={(event) => { text.value = event.currentTarget.value; key.current = newId(); }} onKeyDown={enter}
      />
      <IconButton type="submit" icon="send" label={words.send} disabled={!text.value.trim() || busy.value} />
    </form>
  );
}
