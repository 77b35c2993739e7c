/** The settings: a list of sections, beside the open one where there is room. */
import type { ComponentType } from "preact";
import type { ScreenProps } from "../../app/routes";
import { navigate } from "../../app/router";
import { NotFound } from "../../app/screen";
import { useTitle } from "../../app/title";
import { asProblem } from "../../api/problem";
import { Icon, type IconName } from "../../kit/icon";
import { toastProblem } from "../../kit/toast";
import { me, signOut } from "../../session/session";
import { settings as words } from "../../strings/settings";
import { EditForm } from "../people/edit";
import { Appearance } from "./appearance";
import { Blocks } from "./blocks";
import { Creator } from "./creator";
import { Data } from "./data";
import { History } from "./history";
import { Security } from "./security";
import { Tuning } from "./tuning";
import styles from "./settings.module.css";

type Section = keyof typeof words.sections;

const SECTIONS: Record<Section, readonly [IconName, ComponentType]> = {
  profile: ["user", () => <EditForm />],
  security: ["lock", Security],
  feed: ["wand", Tuning],
  history: ["clock", History],
  blocks: ["block", Blocks],
  appearance: ["eye", Appearance],
  creator: ["star", Creator],
  data: ["download", Data],
};

export default function Settings({ params }: ScreenProps) {
  const section = params.section as Section | undefined;
  useTitle(section && SECTIONS[section] ? words.sections[section] : words.title);
  if (section && !SECTIONS[section]) return <NotFound />;
  return (
    <div class={`page wide ${styles.settings} ${section ? styles.isOpen : ""}`}>
      <Overview section={section} />
      {section && <Open section={section} />}
    </div>
  );
}

function Overview({ section }: { readonly section: Section | undefined }) {
  const leave = async () => {
    try {
      await signOut();
      navigate("/");
    } catch (thrown) {
      toastProblem(asProblem(thrown));
    }
  };
  const Heading = section ? "h2" : "h1";
  const shown = Object.entries(SECTIONS).filter(([id]) => id !== "creator" || me.value?.role === "user" || section === "creator");
  return (
    <nav class={styles.overview} aria-label={words.title}>
      <Heading tabIndex={-1}>{words.title}</Heading>
      <ul>
        {shown.map(([id, [icon]]) => (
          <li key={id}>
            <a href={`/settings/${id}`} aria-current={id === section ? "page" : undefined}><Icon name={icon} size={22} /><span>{words.sections[id as Section]}</span><Icon name="right" size={18} /></a>
          </li>
        ))}
        <li><button type="button" onClick={leave}><Icon name="logout" size={22} /><span>{words.signOut}</span></button></li>
      </ul>
    </nav>
  );
}

function Open({ section }: { readonly section: Section }) {
  const Body = SECTIONS[section][1];
  return (
    <section class={styles.open}>
      <header>
        <a href="/settings" aria-label={words.title}><Icon name="left" /></a>
        <h1 tabIndex={-1}>{words.sections[section]}</h1>
      </header>
      <Body />
    </section>
  );
}
