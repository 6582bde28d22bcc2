// The page of a map: hands the plan to bokeh's figure, finds what is looked for, and says it.
// Whatever comes from the plan reaches the page as a text node, never as HTML.

const $ = (id) => document.getElementById(id);
const plan = JSON.parse($("plan-data").textContent, (_, value) => unpacked(value));
const {households, members, grids, villages} = plan;
const TABLES = {household: households, grid: grids, member: members};
const hasContacts = households.member !== undefined;
const isPublic = plan.fewest !== undefined; // without households and members, with counts that are not shown
const visits = plan.visits ?? null; // null: none are planned
const starts = visits && dayStarts(visits);
let language = "en";
let chosen = null; // {kind, row}: what is marked

function unpacked(value) {
  const kind = value && (value.float32 !== undefined ? Float32Array : value.int32 !== undefined ? Int32Array : null);
  if (!kind) return value;
  const text = atob(value.float32 ?? value.int32);
  const bytes = Uint8Array.from(text, (sign) => sign.charCodeAt(0));
  return new kind(bytes.buffer);
}

// Words and numbers.

const word = (key) => WORDS[language][key];
const number = (value, digits = 0) => value == null || Number.isNaN(value) ? "–"
  : value.toLocaleString(language, {minimumFractionDigits: digits, maximumFractionDigits: digits});
const metres = (value) => value == null || Number.isNaN(value) ? "–" : `${number(value, value < 100 ? 1 : 0)} m`;
const share = (value) => value == null ? "–" : `${number(100 * value, 2)} %`;
const span = (low, high) => low === high ? number(low) : `${number(low)} – ${number(high)}`;
const counted = (value, note) => value != null ? number(value)
  : note === "withheld" ? word("withheld") : word("few").replace("{fewest}", plan.fewest);
const exceptionOf = (table, row) => (language === "zh" ? table.exception_zh : table.exception)[row];
const named = (table, row) => row == null || row < 0 ? "–" : table.id[row];

function element(tag, text, parent, properties = {}) {
  const made = Object.assign(document.createElement(tag), properties);
  made.textContent = text;
  parent?.append(made);
  return made;
}

function listed(parent, pairs) {
  for (const [key, value, colour] of pairs) {
    const name = element("dt", word(key) ?? key, parent); // a day has a name of its own
    if (colour) Object.assign(name.style, {borderLeft: `4px solid ${colour}`, paddingLeft: "6px"});
    element("dd", value, parent, {className: ["exception", "dropped"].includes(key) ? "long" : ""});
  }
}

/** What is to be said of a household, grid or member: pairs of a word's key and a text. */
function said({kind, row}) {
  if (kind === "household") {
    const of = households;
    const pairs = [["grid", named(grids, of.grid[row])], ["residents", number(of.residents[row])],
      ["to_medoid", metres(of.grid_m[row])]];
    if (hasContacts) pairs.push(["contact", named(members, of.member[row])], ["to_contact", metres(of.member_m[row])]);
    if (of.deputy) pairs.push(["deputy", named(members, of.deputy[row])], ["to_deputy", metres(of.deputy_m[row])]);
    return visits ? [...pairs, ...saidOfVisits({kind, row})] : pairs;
  }
  if (kind === "member") {
    const pairs = [["village", named(villages, members.village[row])]];
    if (hasContacts) {
      pairs.push(["households", number(members.households[row])], ["residents", number(members.load[row])],
        ["grids", number(members.grids[row])], ["walk", metres(members.walk_m[row])]);
    }
    return visits ? [...pairs, ...saidOfVisits({kind, row})] : pairs;
  }
  const pairs = [["village", named(villages, grids.village[row])]];
  if (grids.group[row] !== null) pairs.push(["group", grids.group[row]]);
  if (isPublic) return [...pairs, ["households", counted(grids.households[row], grids.note[row])]];
  pairs.push(["households", number(grids.households[row])], ["residents", number(grids.load[row])],
    ["medoid", named(households, grids.medoid[row])], ["cost", metres(grids.cost_m[row])]);
  if (hasContacts) pairs.push(["leader", named(members, grids.leader[row])], ["members", number(grids.members[row])]);
  if (grids.exception[row] !== null) pairs.push(["exception", exceptionOf(grids, row)]);
  return pairs;
}

function describe(target, thing) {
  target.replaceChildren();
  element("strong", `${word(thing.kind)} ${TABLES[thing.kind].id[thing.row]}`, target);
  listed(element("dl", "", target), said(thing));
  target.hidden = false;
}

// The map.

let figure, views;
const renderer = (name) => figure.renderers.find((each) => each.name === name);
const fill = (name, data) => { renderer(name).data_source.data = data; };

/** Corners of each grid's territory as bokeh takes them: pieces, rings, numbers. */
const territories = (() => {
  const xs = grids.id.map(() => []), ys = grids.id.map(() => []);
  const {grid, piece, corners, x, y} = plan.rings;
  let start = 0;
  for (let ring = 0; ring < grid.length; ring++) {
    const end = start + corners[ring];
    if (ring === 0 || piece[ring] !== piece[ring - 1]) {
      xs[grid[ring]].push([]);
      ys[grid[ring]].push([]);
    }
    xs[grid[ring]].at(-1).push(x.subarray(start, end));
    ys[grid[ring]].at(-1).push(y.subarray(start, end));
    start = end;
  }
  return {xs, ys};
})();

/** Lines from some households to their contacts. */
function pairing(rows) {
  const {member, x, y} = households;
  return {
    x0: Float32Array.from(rows, (row) => x[row]),
    y0: Float32Array.from(rows, (row) => y[row]),
    x1: Float32Array.from(rows, (row) => members.x[member[row]]),
    y1: Float32Array.from(rows, (row) => members.y[member[row]]),
  };
}

function draw() {
  const darker = plan.palette.map((colour) => "#" + [1, 3, 5].map((at) =>
    Math.round(0.55 * parseInt(colour.slice(at, at + 2), 16)).toString(16).padStart(2, "0")).join(""));
  fill("grids", {...territories, colour: Array.from(grids.colour, (each) => plan.palette[each])});
  for (const name of ["villages", "groups", "barriers", "paths"]) fill(name, plan.lines[name]);
  if (hasContacts) fill("lines", pairing([...households.id.keys()]));
  if (visits) fill("walks", allRounds());
  fill("households", {
    x: households.x, y: households.y,
    colour: Array.from(households.grid, (grid) => darker[grids.colour[grid]]),
  });
  fill("members", {x: members.x, y: members.y});
  if (villages.id.length > 1) fill("names", {x: villages.x, y: villages.y, text: villages.id});
}

/** Show a rectangle of the ground, in the middle and with the same scale both ways. */
function show(x0, y0, x1, y1, air = 1.12) {
  if (!Number.isFinite(x1 - x0)) return; // nothing is there to be shown
  const {width, height} = views.get_one(figure).frame.bbox;
  const scale = air * Math.max((x1 - x0) / width, (y1 - y0) / height);
  const [x, y, half, high] = [(x0 + x1) / 2, (y0 + y1) / 2, scale * width / 2, scale * height / 2];
  figure.x_range.setv({start: x - half, end: x + half});
  figure.y_range.setv({start: y - high, end: y + high});
}

function extent(xs, ys) {
  let box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < xs.length; i++) {
    if (Number.isNaN(xs[i])) continue;
    box = [Math.min(box[0], xs[i]), Math.min(box[1], ys[i]), Math.max(box[2], xs[i]), Math.max(box[3], ys[i])];
  }
  return box;
}

const showAll = () => show(...extent(plan.rings.x, plan.rings.y), 1.06);

function zoom(factor) {
  const {x_range: x, y_range: y} = figure;
  show(x.start, y.start, x.end, y.end, factor);
}

let drawnAt = null; // the scale, in quarters of a doubling, for which signs were sized

/** Points as large as ten metres of ground, within what an eye can see and a hand can hit. */
function rescale() {
  const pixels = views.get_one(figure).frame.bbox.width / (figure.x_range.end - figure.x_range.start);
  const step = Math.round(4 * Math.log2(pixels));
  if (step === drawnAt) return; // to move is not to resize, which would draw everything anew
  drawnAt = step;
  const size = Math.min(11, Math.max(2, 10 * pixels));
  renderer("households").glyph.size = {value: size};
  renderer("members").glyph.setv({size: {value: Math.max(3.5, 1.6 * size)}, line_width: {value: size > 4 ? 0.8 : 0}});
  renderer("grids").glyph.line_width = {value: Math.min(1.4, Math.max(0.4, 3 * pixels))};
  for (const name of ["lines", "walks"]) renderer(name).glyph.line_width = {value: Math.min(1.2, Math.max(0.35, pixels))};
}

/** The nearest point within reach, members first, or the grid whose ground it is. */
function under({sx, sy}) {
  const geometry = {type: "rect", sx0: sx - 7, sx1: sx + 7, sy0: sy - 7, sy1: sy + 7};
  const frame = views.get_one(figure).frame;
  const [x, y] = [frame.x_scale.invert(sx), frame.y_scale.invert(sy)];
  for (const kind of ["member", "household"]) {
    const {x: px, y: py} = TABLES[kind];
    const away = (row) => (px[row] - x) ** 2 + (py[row] - y) ** 2;
    const hit = views.get_one(renderer(`${kind}s`)).hit_test(geometry)?.indices ?? [];
    if (hit.length) return {kind, row: [...hit].reduce((best, row) => away(row) < away(best) ? row : best)};
  }
  const hit = views.get_one(renderer("grids")).hit_test({type: "point", sx, sy})?.indices ?? [];
  return hit.length ? {kind: "grid", row: hit[0]} : null;
}

function hover(event) {
  const thing = under(event), tip = $("tip");
  tip.hidden = thing === null;
  if (thing === null) return;
  describe(tip, thing);
  const {clientWidth: width, clientHeight: height} = $("map");
  tip.style.left = `${event.sx + 16 + tip.offsetWidth > width ? Math.max(0, event.sx - 12 - tip.offsetWidth) : event.sx + 16}px`;
  tip.style.top = `${Math.max(0, Math.min(event.sy + 12, height - tip.offsetHeight - 4))}px`;
}

// Marking and finding.

function rowsOf({kind, row}) {
  if (kind === "household") return [row];
  const column = households[kind];
  return column ? [...column.keys()].filter((each) => column[each] === row) : [];
}

/** Mark a household, grid or member, with the lines that belong to it; null: nothing. */
function mark(thing) {
  chosen = thing;
  const rows = thing ? rowsOf(thing) : [];
  const points = thing && thing.kind !== "grid" ? [thing] : [];
  const ground = thing?.kind === "grid" ? [thing.row] : [];
  fill("mark_points", {
    x: points.map(({kind, row}) => TABLES[kind].x[row]), y: points.map(({kind, row}) => TABLES[kind].y[row]),
  });
  const walked = visits !== null && thing?.kind === "member"; // rounds say more than lines
  fill("mark_lines", pairing(hasContacts && !walked ? rows : []));
  if (visits) markWalks(thing);
  fill("mark_ground", {xs: ground.map((row) => territories.xs[row]), ys: ground.map((row) => territories.ys[row])});
  if (thing) describe($("details"), thing);
  else $("details").hidden = true;
  const grid = thing?.kind === "grid" ? thing.row : thing?.kind === "household" ? households.grid[thing.row] : -1;
  for (const each of document.querySelectorAll("tbody tr")) {
    const selected = Number(each.dataset.row) === grid, box = $("rows");
    each.setAttribute("aria-selected", String(selected));
    if (!selected) continue;
    const hidden = each.offsetTop < box.scrollTop + 30 || each.offsetTop > box.scrollTop + box.clientHeight - 30;
    if (hidden) box.scrollTop = each.offsetTop - box.clientHeight / 2;
  }
  return rows;
}

/** Outermost corners of a grid's territory, one way. */
const edges = (way, row) => territories[way][row].flatMap((piece) => [...piece[0]]);

/** Mark a thing and bring it into view, with what belongs to it. */
function visit(thing) {
  const rows = mark(thing);
  const {kind, row} = thing;
  const xs = rows.map((each) => households.x[each]), ys = rows.map((each) => households.y[each]);
  if (kind === "grid") {
    xs.push(...edges("xs", row));
    ys.push(...edges("ys", row));
  } else {
    const member = kind === "member" ? row : households.member?.[row];
    if (member !== undefined) { xs.push(members.x[member]); ys.push(members.y[member]); }
  }
  const [x0, y0, x1, y1] = extent(xs, ys);
  const least = Math.max(0, 120 - Math.max(x1 - x0, y1 - y0)) / 2; // metres around a lonely point
  show(x0 - least, y0 - least, x1 + least, y1 + least, 1.5);
}

/** All that has an id: as it is written or, if nothing has, in capitals or small letters. */
function things(query) {
  const same = (fold) => Object.entries(TABLES).flatMap(([kind, {id}]) =>
    id.flatMap((each, row) => fold(each) === fold(query) ? [{kind, row}] : []));
  const exact = same((text) => text);
  return exact.length ? exact : same((text) => text.toLowerCase());
}

function find(query) {
  const found = things(query);
  const last = found.findIndex(({kind, row}) => chosen?.kind === kind && chosen.row === row);
  $("message").hidden = found.length > 0;
  $("message").textContent = found.length ? "" : `${word("nothing")} ${query}`;
  if (found.length) visit(found[(last + 1) % found.length]); // asked again: the next of that name
  else mark(null);
}

// The panel.

function figures(village) {
  const of = village < 0 ? plan.total : villages.figures[village];
  if (isPublic) {
    $("figures").replaceChildren();
    listed($("figures"), [...(village < 0 ? [] : [["households", counted(of.households, of.note)]]), ["grids", number(of.grids)],
      ["cells", metres(plan.cell_m)]]);
    return;
  }
  const pairs = [["households", number(of.households)], ["grids", number(of.grids)],
    ["sizes", span(of.smallest, of.largest)], ["mean", metres(of.mean_m)], ["longest", metres(of.longest_m)],
    ["gap", share(of.gap)]];
  if (members.id.length) pairs.push(["members", number(of.members)]);
  if (hasContacts) {
    pairs.push(["loads", span(of.load_least, of.load_most)], ["walk_mean", metres(of.walk_m)],
      ["walk_longest", metres(of.walk_longest_m)], ["shared", number(of.grids_per_member, 2)],
      ["pairing_gap", share(of.pairing_gap)]);
  }
  if (visits) {
    pairs.push(...["visits_due", "visits_planned", "visits_dropped"].map((key) => [key, number(of[key])]),
      ["round_mean", metres(of.round_m)], ["round_longest", metres(of.round_longest_m)]);
  }
  pairs.push(["exceptions", number(of.exceptions)]);
  const {errors, warnings} = plan.audit;
  const notes = [errors && `${number(errors)} ${word("errors")}`, warnings && `${number(warnings)} ${word("warnings")}`];
  if (village < 0) pairs.push(["audit", [word(errors ? "bad" : "good"), ...notes.filter(Boolean)].join(", ")]);
  $("figures").replaceChildren();
  listed($("figures"), pairs);
  $("exceptions").replaceChildren();
  for (const [kind, table] of [["grid", grids], ["group", plan.groups]]) {
    table.exception.forEach((reason, row) => {
      if (reason === null || (village >= 0 && table.village[row] !== village)) return;
      const item = element("li", `${word(kind)} ${table.id[row]}: ${exceptionOf(table, row)}`, $("exceptions"));
      if (kind === "grid") item.onclick = () => visit({kind, row});
    });
  }
}

const COLUMNS = [
  ["grid", (row) => grids.id[row]],
  ["households", (row) => grids.households[row] ?? -1, (row) => counted(grids.households[row], grids.note?.[row])],
  ...(isPublic ? [] : [["metres", (row) => grids.cost_m[row]]]), ...(hasContacts ? [["leader", (row) => named(members, grids.leader[row])]] : []),
];
let order = {column: 0, up: true};

function table(village) {
  const value = COLUMNS[order.column][1];
  const compare = (a, b) => typeof a === "number" ? a - b : a.localeCompare(b, "en", {numeric: true});
  const rows = [...grids.id.keys()].filter((row) => village < 0 || grids.village[row] === village);
  rows.sort((a, b) => (order.up ? 1 : -1) * compare(value(a), value(b)) || a - b);
  const head = document.querySelector("thead tr"), body = document.querySelector("tbody");
  head.replaceChildren();
  COLUMNS.forEach(([key], column) => {
    const arrow = column === order.column ? (order.up ? " ↑" : " ↓") : "";
    element("th", word(key) + arrow, head, {onclick: () => {
      order = {column, up: column === order.column ? !order.up : true};
      table(village);
    }});
  });
  body.replaceChildren(...rows.map((row) => {
    const line = document.createElement("tr");
    line.dataset.row = row;
    for (const [key, of, shown = (row) => typeof of(row) === "number" ? number(of(row)) : of(row)] of COLUMNS) {
      const cell = element("td", shown(row), line);
      if (key === "households" && grids.exception[row] !== null) {
        cell.className = "odd";
        cell.title = exceptionOf(grids, row);
      }
    }
    line.setAttribute("aria-selected", String(chosen?.kind === "grid" && chosen.row === row));
    return line;
  }));
}

const SIGNS = {
  grids: ["rect", {x: 1, y: 1, width: 14, height: 12, fill: "#77AADD"}],
  households: ["circle", {cx: 8, cy: 7, r: 4, fill: "#415d79"}],
  members: ["path", {d: "M8 1 15 13H1z", fill: "#BB1133"}],
  lines: ["path", {d: "M0 7H16", stroke: "#777777"}],
  walks: ["path", {d: "M1 12 5 3 11 11 15 2", fill: "none", stroke: "#884477", "stroke-width": 1.4}],
  villages: ["path", {d: "M0 7H16", stroke: "#333333", "stroke-width": 1.4}],
  groups: ["path", {d: "M0 7H16", stroke: "#333333", "stroke-width": 3}],
  barriers: ["path", {d: "M0 7H16", stroke: "#225588", "stroke-width": 3}],
  paths: ["path", {d: "M0 7H16", stroke: "#B9A888", "stroke-width": 2}],
  names: ["path", {d: "M3 2H13M8 2V13", stroke: "#333333", "stroke-width": 2}],
};

const TOGETHER = {walks: ["walks", "mark_walks", "mark_stops"]};

function layers() {
  const there = {households: households.id.length, members: members.id.length, lines: hasContacts, walks: visits, names: villages.id.length > 1};
  for (const [name, [shape, attributes]] of Object.entries(SIGNS)) {
    const count = name in there ? there[name] : plan.lines[name] ? plan.lines[name].x.length : 1;
    if (!count) continue;
    const label = element("label", "", $("layers"));
    const box = element("input", "", label, {type: "checkbox", checked: name !== "lines" || !visits});
    box.onchange = () => { for (const each of TOGETHER[name] ?? [name]) renderer(each).visible = box.checked; };
    const svg = "http://www.w3.org/2000/svg";
    const sign = document.createElementNS(svg, shape);
    for (const [key, value] of Object.entries(attributes)) sign.setAttribute(key, value);
    const icon = document.createElementNS(svg, "svg");
    icon.append(sign);
    label.append(icon);
    element("span", "", label).dataset.word = name === "households" ? "homes" : name;
  }
}

function speak(wanted) {
  language = wanted;
  document.documentElement.lang = wanted;
  for (const each of document.querySelectorAll("[data-word]")) each.textContent = word(each.dataset.word);
  for (const each of document.querySelectorAll("[data-title]")) each.title = word(each.dataset.title);
  for (const each of document.querySelectorAll("[data-placeholder]")) each.placeholder = word(each.dataset.placeholder);
  $("language").textContent = word("other");
  const names = villages.id.length > 1 ? [[-1, word("town")]] : [];
  const select = $("village"), before = select.value;
  select.replaceChildren();
  for (const [value, name] of [...names, ...villages.id.map((id, row) => [row, id])]) element("option", name, select, {value});
  if (before) select.value = before;
  const title = villages.id.length > 1 ? `${number(villages.id.length)} ${word("several")}` : villages.id[0];
  $("title").textContent = document.title = title;
  if (visits) speakOfWeeks();
  turn();
  if (chosen) describe($("details"), chosen);
}

/** Show figures and grids of the village that is chosen. */
function turn() {
  figures(Number($("village").value));
  table(Number($("village").value));
}

/** `#find=H00012&lang=zh`: links that lead to a household, grid or member. */
function follow() {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.get("lang") in WORDS) speak(asked.get("lang"));
  if (asked.get("find")) {
    $("query").value = asked.get("find");
    find(asked.get("find"));
  }
}

async function start() {
  if (isPublic) $("query").dataset.placeholder = "grid";
  layers();
  speak(document.documentElement.lang);
  views = await Bokeh.embed.embed_item(JSON.parse($("figure-data").textContent), $("figure"));
  figure = [...views][0].model;
  renderer("lines").visible = !visits; // one of the two is enough to begin with
  draw();
  showAll();
  rescale();
  figure.x_range.change.connect(rescale);
  figure.js_event_callbacks = {
    mousemove: [hover], mouseleave: [() => { $("tip").hidden = true; }],
    tap: [(event) => { $("message").hidden = true; mark(under(event)); }], reset: [showAll],
  };
  let wide = $("map").clientWidth;
  new ResizeObserver(() => requestAnimationFrame(() => {
    zoom($("map").clientWidth / wide);
    wide = $("map").clientWidth;
  })).observe($("map"));
  $("search").onsubmit = (event) => { event.preventDefault(); if ($("query").value.trim()) find($("query").value.trim()); };
  $("language").onclick = () => speak(language === "en" ? "zh" : "en");
  $("closer").onclick = () => zoom(0.6);
  $("farther").onclick = () => zoom(1 / 0.6);
  $("whole").onclick = showAll;
  $("week").onchange = () => {
    fill("walks", allRounds());
    mark(chosen);
  };
  $("village").onchange = () => {
    turn();
    const village = Number($("village").value);
    const mine = [...grids.id.keys()].filter((row) => village < 0 || grids.village[row] === village);
    show(...extent(mine.flatMap((row) => edges("xs", row)), mine.flatMap((row) => edges("ys", row))));
  };
  document.querySelector("tbody").onclick = ({target}) => {
    const line = target.closest("tr");
    if (line) visit({kind: "grid", row: Number(line.dataset.row)});
  };
  window.onhashchange = follow;
  follow();
  document.body.dataset.state = "ready";
}

start();
