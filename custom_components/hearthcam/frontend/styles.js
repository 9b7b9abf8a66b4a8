/** How the panel looks: Home Assistant's themes, with its own defaults where they say nothing. */

export const STYLES = `
:host {
  display: block;
  min-height: 100%;
  color-scheme: light;
  background: var(--primary-background-color, #fafafa);
  color: var(--primary-text-color, #212121);
  font-family: var(--ha-font-family-body, Roboto, sans-serif);
  font-size: 14px;
  line-height: 1.45;
  --line: var(--divider-color, rgba(0, 0, 0, 0.12));
  --soft: var(--secondary-text-color, #727272);
  --main: var(--primary-color, #009ac7);
  --good: var(--success-color, #43a047);
  --warn: var(--warning-color, #ffa600);
  --bad: var(--error-color, #db4437);
  --motion: #29b6f6;
  --ignore: #ffb300;
}
:host([dark]) { color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
h1, h2, h3, p, ul, dl, dd, fieldset { margin: 0; padding: 0; }
header {
  position: sticky;
  top: 0;
  z-index: 3;
  display: flex;
  align-items: center;
  gap: 8px;
  height: var(--header-height, 56px);
  padding: 0 16px;
  background: var(--app-header-background-color, var(--main));
  color: var(--app-header-text-color, #fff);
  border-bottom: var(--app-header-border-bottom, none);
}
h1 { font-size: 20px; font-weight: 400; }
h2 { font-size: 18px; font-weight: 500; }
h3 { font-size: 15px; font-weight: 500; margin-top: 8px; }
main { padding: 16px; max-width: 1500px; margin: 0 auto; }
.columns {
  display: grid;
  grid-template: "view side" auto "proof side" 1fr / minmax(0, 1fr) minmax(320px, 400px);
  gap: 16px;
  align-items: start;
}
.view { grid-area: view; }
.side { grid-area: side; min-width: 0; }
.proof { grid-area: proof; }
.card {
  display: flex;
  flex-direction: column;
  gap: 12px;
  padding: 16px;
  background: var(--ha-card-background, var(--card-background-color, #fff));
  border: 1px solid var(--ha-card-border-color, var(--line));
  border-radius: var(--ha-card-border-radius, 12px);
}
.message { padding: 32px 0; text-align: center; color: var(--soft); }
.hint { color: var(--soft); font-size: 13px; }
.error { color: var(--bad); font-weight: 500; }
.error:empty, .hint:empty { display: none; }
.icon { width: 20px; height: 20px; fill: currentColor; flex: none; }

button {
  display: inline-flex;
  align-items: center;
  justify-content: center;
  gap: 6px;
  min-height: 40px;
  padding: 0 14px;
  font: inherit;
  font-weight: 500;
  color: var(--primary-text-color, #212121);
  background: none;
  border: 1px solid var(--line);
  border-radius: 20px;
  cursor: pointer;
}
button:hover:not(:disabled) { background: color-mix(in srgb, currentColor 8%, transparent); }
button:disabled { opacity: 0.45; cursor: default; }
button.primary { background: var(--main); border-color: var(--main); color: var(--text-primary-color, #fff); }
button.primary:hover:not(:disabled) { background: color-mix(in srgb, var(--main) 88%, #000); }
button.danger { color: var(--bad); border-color: currentColor; }
.menu { border: none; color: inherit; padding: 0; width: 40px; margin-left: -8px; }
.menu .icon { width: 24px; height: 24px; }
:focus { outline: none; }
:focus-visible { outline: 3px solid var(--main); outline-offset: 2px; }
.menu:focus { outline: none; }
:focus-visible { outline-color: currentColor; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; }
.buttons .danger { margin-left: auto; }
input, select { font: inherit; color: inherit; accent-color: var(--main); }
input[type="text"], input[type="number"], select {
  min-height: 40px;
  padding: 0 10px;
  background: var(--primary-background-color, #fafafa);
  border: 1px solid var(--line);
  border-radius: 8px;
}
input[type="checkbox"], input[type="radio"] { width: 18px; height: 18px; margin: 0; flex: none; }

.bar { display: flex; flex-wrap: wrap; align-items: end; justify-content: space-between; gap: 8px; }
.camera { display: grid; gap: 4px; flex: 1; max-width: 320px; min-width: 160px; color: var(--soft); }
.camera select { color: var(--primary-text-color, #212121); }

.tools { display: grid; gap: 12px; }
.stage { position: relative; scroll-margin-top: calc(var(--header-height, 56px) + 12px); user-select: none; -webkit-user-select: none; }
.stage.editing { touch-action: none; }
.stage.drawing { cursor: crosshair; }
.picture { display: grid; place-items: center; background: #1c1c1c; border-radius: 8px; overflow: hidden; }
.still { grid-area: 1 / 1; width: 100%; height: 100%; display: block; pointer-events: none; }
.no-picture { grid-area: 1 / 1; max-width: 34em; padding: 24px; text-align: center; color: #e0e0e0; pointer-events: none; }
.shapes { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; pointer-events: none; }
.shapes * { vector-effect: non-scaling-stroke; stroke-linejoin: round; fill: none; }
.under { stroke: rgba(0, 0, 0, 0.65); stroke-width: 4px; }
.shape { stroke: #fff; stroke-width: 2px; }
.shape.motion { stroke: var(--motion); }
.shape.ignore { stroke: var(--ignore); stroke-dasharray: 8 4; }
polygon.shape.edited { fill: rgba(255, 255, 255, 0.2); }
polygon.shape.motion { fill: color-mix(in srgb, var(--motion) 22%, transparent); }
polygon.shape.ignore { fill: color-mix(in srgb, var(--ignore) 22%, transparent); }
polygon.shape.privacy.edited { fill: rgba(0, 0, 0, 0.6); }
.shape.off { stroke-dasharray: 3 5; opacity: 0.8; }
.edited.shape { stroke-width: 3px; }
.edited.under { stroke-width: 6px; }
.names, .points { position: absolute; inset: 0; pointer-events: none; }
.name {
  position: absolute;
  transform: translate(-50%, -50%);
  max-width: 45%;
  padding: 1px 8px;
  overflow: hidden;
  text-overflow: ellipsis;
  white-space: nowrap;
  border-radius: 10px;
  background: rgba(0, 0, 0, 0.65);
  color: #fff;
  font-size: 12px;
}
.name.privacy { border: 1px solid rgba(255, 255, 255, 0.5); }
.point, .middle {
  position: absolute;
  width: 32px;
  height: 32px;
  min-height: 0;
  margin: -16px 0 0 -16px;
  padding: 0;
  border: none;
  background: none !important;
  border-radius: 50%;
  pointer-events: auto;
  cursor: grab;
  touch-action: none;
}
.middle { width: 24px; height: 24px; margin: -12px 0 0 -12px; cursor: copy; }
.point { z-index: 1; }
.point::after, .middle::after {
  content: "";
  width: 14px;
  height: 14px;
  border-radius: 50%;
  background: #fff;
  border: 3px solid #0277bd;
  box-shadow: 0 0 3px rgba(0, 0, 0, 0.8);
}
.middle::after { width: 8px; height: 8px; border-width: 1px; opacity: 0.85; }
.point.selected::after { background: #0277bd; border-color: #fff; width: 18px; height: 18px; }
.point.closing::after { width: 20px; height: 20px; border-color: #2e7d32; }
.point:focus-visible, .middle:focus-visible { outline: 3px solid #ffeb3b; outline-offset: -4px; }
@media (pointer: coarse) {
  .point { width: 44px; height: 44px; margin: -22px 0 0 -22px; }
  .point::after { width: 18px; height: 18px; }
}

.zones, .found { list-style: none; display: grid; gap: 8px; }
.zone { width: 100%; justify-content: start; flex-wrap: wrap; padding: 8px 12px; border-radius: 10px; text-align: start; }
.zone .hint { font-weight: 400; margin-inline-start: auto; }
.unreadable { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; padding: 12px; border: 1px solid var(--bad); border-radius: 10px; }
.unreadable .hint { flex-basis: 100%; }
.add, .proof > .primary { align-self: start; }
.swatch { width: 16px; height: 16px; flex: none; border-radius: 4px; border: 2px solid; }
.swatch.motion { border-color: var(--motion); background: color-mix(in srgb, var(--motion) 30%, transparent); }
.swatch.ignore { border: 2px dashed var(--ignore); background: color-mix(in srgb, var(--ignore) 30%, transparent); }
.swatch.privacy { border-color: #9e9e9e; background: #000; }
.form, .section { gap: 16px; }
.section { display: grid; }
.field { display: grid; gap: 4px; font-weight: 500; }
.field .hint { font-weight: 400; }
.field input[type="text"] { font-weight: 400; width: 100%; }
.with-unit { display: flex; align-items: center; gap: 10px; margin-top: 4px; }
.with-unit input[type="range"] { flex: 1; min-height: 32px; }
.with-unit input[type="number"] { width: 110px; }
fieldset { border: none; display: grid; gap: 4px; min-width: 0; }
legend { font-weight: 500; padding: 0; margin-bottom: 4px; }
.choice { display: flex; align-items: center; gap: 10px; min-height: 36px; }

.outputs { display: grid; grid-template-columns: auto 1fr; gap: 6px 16px; }
.outputs dt { color: var(--soft); }
.good::before, .bad::before, .warn::before { content: ""; display: inline-block; flex: none; width: 10px; height: 10px; margin-inline-end: 8px; border-radius: 50%; background: var(--good); }
.warn::before { background: var(--warn); }
.bad::before { background: var(--bad); border-radius: 0; }
.verdict { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; }
.verdict::before { margin-inline-end: 0 !important; }
.verdict .hint { flex-basis: 100%; }
.found { gap: 4px; }
.found li { display: flex; justify-content: space-between; gap: 12px; }
.found li > :last-child { text-align: end; }
.found:empty { display: none; }
.spinner { width: 18px; height: 18px; border: 3px solid var(--line); border-top-color: var(--main); border-radius: 50%; animation: turn 1s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .spinner { animation-duration: 4s; } }
details { border-top: 1px solid var(--line); padding-top: 12px; }
summary { cursor: pointer; font-weight: 500; }
details ul { padding-inline-start: 20px; display: grid; gap: 6px; margin-top: 8px; color: var(--soft); }

.question {
  max-width: min(420px, calc(100vw - 32px));
  padding: 24px;
  border: none;
  border-radius: 16px;
  background: var(--ha-card-background, var(--card-background-color, #fff));
  color: inherit;
}
.question p { margin-bottom: 20px; font-size: 16px; }
.question .buttons { justify-content: end; }
.question .buttons .danger { margin-left: 0; }
.question::backdrop { background: rgba(0, 0, 0, 0.5); }

:host([narrow]) main { padding: 8px; }
:host([narrow]) .card { padding: 12px; }
:host([narrow]) .columns { gap: 8px; }
:host([narrow]) .columns {
  grid-template: "view" auto "side" auto "proof" auto / minmax(0, 1fr);
}
`;
