"""What the pages style themselves. Colours come from the charts' palette."""

from __future__ import annotations

from playground.charts.palette import CORRECT_TEXT, WRONG_TEXT

PAGE_STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 4.6rem 3rem 2rem; }
[data-testid="stSidebarHeader"] { height: 2.2rem; min-height: 2.2rem; padding: 0; margin: 0; }
[data-testid="stMetricLabel"] p { font-size: 0.8rem; }
[data-testid="stMetricValue"] { font-size: 1.7rem; }
.st-key-words { flex-wrap: nowrap; overflow: hidden; white-space: nowrap; }
.spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
@media (max-width: 1200px) {
  [data-testid="stMetric"] { padding-left: 0.7rem; padding-right: 0.4rem; }
  [data-testid="stMetric"] [data-testid="stTooltipIcon"] { display: none; }
  [data-testid="stMetricLabel"] p { font-size: 0.74rem; }
  [data-testid="stMainBlockContainer"] { padding-left: 1.5rem; padding-right: 1.5rem; }
}
.st-key-toolbar { column-gap: 0.6rem; }
.st-key-toolbar > .stVerticalBlock, .st-key-toolbar > div:has(> .st-key-how-far) {
  flex: 1 1 22rem; min-width: min(22rem, 100%);
}
.st-key-how-far p { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
div:has(> .st-key-train-here) { display: none; }
@media (max-width: 768px) {  /* where the sidebar covers the page */
  div:has(> .st-key-train-here) {
    display: flex; position: sticky; bottom: 0; z-index: 2; padding: 0.5rem 0 1rem;
    background: var(--st-secondary-background-color);
  }
}
@media (max-width: 640px) {
  :is(.st-key-numbers, .st-key-kernel) [data-testid="stHorizontalBlock"] { gap: 0.5rem; }
  .st-key-numbers [data-testid="stColumn"] { flex: 1 1 40%; min-width: 40%; }
  .st-key-kernel [data-testid="stColumn"] { flex: 1 1 28%; min-width: 28%; }
  .st-key-words, :has(> .st-key-words),
  [class*="st-key-lab-box"], :has(> [class*="st-key-lab-box"]) { height: auto !important; }
  [class*="st-key-lab-box"] { flex-shrink: 0; overflow: visible !important; }
  .st-key-words { flex-wrap: wrap; overflow: visible; white-space: normal; }
}
</style>"""

SIDEBAR_STYLE = """<style>
[data-testid="stSidebarUserContent"] { padding-top: 0.5rem; }
[data-testid="stSidebar"] [data-testid="stWidgetLabel"] { min-height: 1.25rem; }
[data-testid="stSidebar"] [data-testid="stWidgetLabel"] p { font-size: 0.8rem; }
[data-testid="stSidebar"] input, [data-testid="stSidebar"] [data-baseweb="select"] {
  font-size: 0.875rem;
}
</style>"""

WALL_STYLE = f"""<style>
.wall {{
  --right: light-dark({CORRECT_TEXT.light}, {CORRECT_TEXT.dark});
  --wrong: light-dark({WRONG_TEXT.light}, {WRONG_TEXT.dark});
  display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 10px; padding: 4px 2px;
}}
div:has(> .wall) {{ container-type: inline-size; }}  /* at each width 24 images fill their rows */
@container (min-width: 460px) {{ .wall {{ grid-template-columns: repeat(4, minmax(0, 1fr)); }} }}
@container (min-width: 640px) {{ .wall {{ grid-template-columns: repeat(6, minmax(0, 1fr)); }} }}
@container (min-width: 1000px) {{ .wall {{ grid-template-columns: repeat(8, minmax(0, 1fr)); }} }}
@container (min-width: 1700px) {{ .wall {{ grid-template-columns: repeat(12, minmax(0, 1fr)); }} }}
.wall .tile {{
  position: relative; margin: 0; padding: 6px; border-radius: 8px; text-align: center;
  border: 1px solid color-mix(in srgb, currentColor 18%, transparent);
}}
.wall .tile:focus-visible {{ outline: 2px solid currentColor; outline-offset: 1px; }}
.wall .tile[data-position] {{ cursor: pointer; }}
.wall .tile.right {{ border-bottom: 3px solid var(--right); }}
.wall .tile.wrong {{ border-bottom: 3px solid var(--wrong); }}
.wall img {{
  width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated;
  border-radius: 4px; display: block; margin: 0 auto 4px;
}}
.wall .says {{
  display: block; min-height: 2.5em; font-size: 0.8rem; line-height: 1.25; overflow-wrap: anywhere;
}}
.wall .truth {{ display: block; }}
.wall .right .says b {{ color: var(--right); }}
.wall .wrong .says b {{ color: var(--wrong); }}
.wall .share {{ white-space: nowrap; }}
.wall .top {{
  display: none; position: absolute; z-index: 9; left: 50%; transform: translateX(-50%);
  top: calc(100% + 4px);  /* beside its tile, whose image and truth it explains */
  padding: 6px 8px; border-radius: 6px; font-size: 0.75rem; line-height: 1.3; white-space: nowrap;
  background: light-dark(#ffffff, #262730); text-align: left; pointer-events: none;
  box-shadow: 0 2px 10px rgb(0 0 0 / 35%);
}}
.wall .tile:nth-child(n + 17) .top {{ top: auto; bottom: calc(100% + 4px); }}
.wall .tile:hover .top, .wall .tile:focus .top {{ display: block; }}
.wall .top table {{ border-collapse: collapse; }}
.wall .top td {{ padding: 0 6px 0 0; border: 0; }}
.wall .top i {{
  display: inline-block; height: 8px; margin-right: 5px; background: currentColor; opacity: 0.55;
}}
</style>"""

SAMPLES_STYLE = """<style>
.samples { border-collapse: collapse; width: 100%; }
.samples th, .samples td { padding: 4px 10px 4px 0; text-align: left; border: 0; }
.samples thead th { font-size: 0.85rem; opacity: 0.75; }
.samples tbody th { font-weight: 500; white-space: nowrap; }
.samples .strip { display: flex; flex-wrap: wrap; gap: 4px; }
.samples img {
  width: 40px; height: 40px; object-fit: contain; image-rendering: pixelated; border-radius: 3px;
}
</style>"""
