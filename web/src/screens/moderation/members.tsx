/** People as the staff sees them: finding them, bans, and roles. */
import { useSignal } from "@preact/signals";
import { del, post } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { ShownMember } from "../../api/types.gen";
import { here, setQuery } from "../../app/router";
import { Button } from "../../kit/button";
import { FormProblem, Select, TextField, useForm } from "../../kit/field";
import { InfiniteList, usePages } from "../../kit/list";
import { Menu, type MenuItem } from "../../kit/menu";
import { PersonRow } from "../../kit/person";
import { Sheet } from "../../kit/sheet";
import { Empty } from "../../kit/states";
import { toast, toastProblem } from "../../kit/toast";
import { hasRole, me } from "../../session/session";
import { members as words, moderation } from "../../strings/moderation";
import styles from "./moderation.module.css";

export function Members() {
  const { query } = here.value;
  const [q, role, status] = ["q", "role", "status"].map((name) => query.get(name) ?? "");
  const pages = usePages<ShownMember>("/admin/users", { q, role, status });
  const change = (person: ShownMember) => (pages.items.value = pages.items.peek().map((each) => (each.id === person.id ? person : each)));
  return (
    <div class="stack">
      <form class={styles.filters} role="search" onSubmit={(event) => { event.preventDefault(); setQuery({ q: String(new FormData(event.currentTarget).get("q")).trim() }); }}>
        <TextField label={words.search} name="q" type="search" defaultValue={q} autoCapitalize="none" maxLength={50} />
        <Choice name="role" label={words.role} value={role!} options={words.roles} />
        <Choice name="status" label={words.status} value={status!} options={words.statuses} />
        <Button type="submit" icon="search">{words.find}</Button>
      </form>
      <InfiniteList label={words.label} pages={pages} keyOf={({ id }) => id} empty={<Empty icon="users" title={words.empty} />}>
        {(person) => <Member person={person} onChange={change} />}
      </InfiniteList>
    </div>
  );
}

function Choice({ name, label, value, options }: { readonly name: string; readonly label: string; readonly value: string; readonly options: Record<string, string> }) {
  return (
    <Select name={name} label={label} value={value} onChange={(event) => setQuery({ [name]: event.currentTarget.value })}>
      <option value="">{words.any}</option>
      {Object.entries(options).map(([id, text]) => <option key={id} value={id}>{text}</option>)}
    </Select>
  );
}

interface MemberProps {
  readonly person: ShownMember;
  readonly onChange: (person: ShownMember) => void;
}

function Member({ person, onChange }: MemberProps) {
  const open = useSignal<"ban" | "role" | null>(null);
  const close = () => (open.value = null);
  const unban = async () => {
    try {
      onChange(await del<ShownMember>(`/admin/users/${person.id}/ban`));
      toast(words.unbanned(person.username));
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    }
  };
  const isStaff = person.role === "moderator" || person.role === "admin";
  const mayBan = person.id !== me.value?.id && (hasRole("admin") || !isStaff);
  const items: MenuItem[] = [];
  if (hasRole("admin") && person.id !== me.value?.id) items.push({ label: words.changeRole, icon: "shield", run: () => (open.value = "role") });
  if (mayBan && person.ban) items.push({ label: words.unban, icon: "check", run: () => void unban() });
  if (mayBan && !person.ban && person.status === "active") items.push({ label: words.ban, icon: "block", danger: true, run: () => (open.value = "ban") });
  return (
    <div class={styles.member}>
      <PersonRow person={person} detail={`@${person.username} · ${words.facts(person.video_count, person.follower_count, person.reports_about)}`}>
        <span class={styles.memberEnd}>
          <span class={styles.role}>{words.roles[person.role] ?? person.role}</span>
          {person.ban ? <span class={styles.banned}>{words.bannedUntil(person.ban.until)}</span> : person.status !== "active" && <span class={styles.banned}>{words.statuses[person.status] ?? person.status}</span>}
        </span>
        {items.length > 0 ? <Menu label={words.options(person.username)} items={items} /> : <span class={styles.noMenu} />}
      </PersonRow>
      {open.value === "ban" && <BanSheet person={person} onChange={onChange} close={close} />}
      {open.value === "role" && <RoleSheet person={person} onChange={onChange} close={close} />}
    </div>
  );
}

function BanSheet({ person, onChange, close }: MemberProps & { readonly close: () => void }) {
  const form = useForm(async (data) => {
    const until = String(data.get("until"));
    onChange(await post<ShownMember>(`/admin/users/${person.id}/ban`, { reason: data.get("reason"), until: until ? new Date(until).toISOString() : null }));
    toast(words.banned(person.username));
    close();
  });
  return (
    <Sheet title={words.banTitle(person.username)} onClose={close}>
      <form class="stack" onSubmit={form.onSubmit}>
        <FormProblem form={form} />
        <TextField label={moderation.reason} name="reason" hint={moderation.reasonHint} form={form} maxLength={500} autofocus required />
        <TextField label={words.until} name="until" type="datetime-local" hint={words.untilHint} form={form} optional />
        <Button kind="danger" type="submit" wide busy={form.busy}>{words.ban}</Button>
      </form>
    </Sheet>
  );
}

function RoleSheet({ person, onChange, close }: MemberProps & { readonly close: () => void }) {
  const form = useForm(async (data) => {
    const role = String(data.get("role"));
    onChange(await post<ShownMember>(`/admin/users/${person.id}/role`, { role, reason: data.get("reason") }));
    toast(words.roleChanged(person.username, words.roles[role] ?? role));
    close();
  });
  const chosen = useSignal(person.role);
  return (
    <Sheet title={words.roleTitle(person.username)} onClose={close}>
      <form class="stack" onSubmit={form.onSubmit}>
        <FormProblem form={form} />
        <Select label={words.newRole} name="role" form={form} value={chosen.value} onChange={(event) => (chosen.value = event.currentTarget.value)}>
          {Object.entries(words.roles).map(([id, text]) => <option key={id} value={id}>{text}</option>)}
        </Select>
        <TextField label={moderation.reason} name="reason" form={form} maxLength={500} required />
        <Button kind="primary" type="submit" wide busy={form.busy}>{words.changeRole}</Button>
      </form>
    </Sheet>
  );
}
