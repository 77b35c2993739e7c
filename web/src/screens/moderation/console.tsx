/** Where the staff works: cases, people, and for admins how the service is set and how it does. */
import type { ComponentType } from "preact";
import type { ScreenProps } from "../../app/routes";
import { NotFound } from "../../app/screen";
import { useTitle } from "../../app/title";
import { NavTabs } from "../../kit/tabs";
import { hasRole } from "../../session/session";
import { moderation as words } from "../../strings/moderation";
import { Audit } from "./audit";
import { Config } from "./config";
import { Flagged } from "./flagged";
import { Health } from "./health";
import { Members } from "./members";
import { Queue } from "./queue";

type Section = keyof typeof words.sections;

const SECTIONS: Record<Section, ComponentType> = { queue: Queue, flagged: Flagged, users: Members, config: Config, health: Health, audit: Audit };

export default function Console({ params }: ScreenProps) {
  const section = (params.section ?? "queue") as Section;
  const Body = SECTIONS[section];
  useTitle(Body ? `${words.sections[section]} · ${words.title}` : words.title);
  if (!Body || (section === "audit" && !hasRole("admin"))) return <NotFound />;
  const links = Object.keys(SECTIONS)
    .filter((id) => id !== "audit" || hasRole("admin"))
    .map((id) => ({ href: id === "queue" ? "/moderation" : `/moderation/${id}`, label: words.sections[id as Section], current: id === section }));
  return (
    <div class="page wide">
      <h1 tabIndex={-1}>{words.title}</h1>
      <NavTabs label={words.title} links={links} />
      <Body />
    </div>
  );
}
