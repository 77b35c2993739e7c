/** What opens over a feed: comments, sharing, more, why, report, block, keys. */
import { Comments } from "./comments";
import type { Panel } from "./article";
import { Block, Keys, More, Report, Share, Why } from "./sheets";

interface Props {
  readonly panel: Panel;
  readonly close: () => void;
  readonly open: (panel: Panel) => void;
}

export default function Panels({ panel: { name, entry }, close, open }: Props) {
  const go = (next: Panel["name"]) => open({ name: next, entry });
  if (name === "keys" || !entry) return <Keys close={close} />;
  switch (name) {
    case "comments": return <Comments entry={entry} close={close} />;
    case "share": return <Share entry={entry} close={close} />;
    case "more": return <More entry={entry} close={close} go={go} />;
    case "why": return <Why entry={entry} close={close} />;
    case "report": return <Report entry={entry} close={close} />;
    case "block": return <Block entry={entry} close={close} />;
  }
}
