/* The pictures of the playground, each drawn on a canvas from numbers alone. */
(function (root) {
  "use strict";

  const GRID = 48; // cells along each side of a picture of the plane
  const TEXT = '12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';

  /** The colours of the style sheet, which are others in the dark. */
  function theme(element) {
    const style = getComputedStyle(element);
    const found = {};
    for (const name of ["ink", "paper", "soft", "line", "muted", "zero", "one", "shown", "solved", "stuck"]) {
      found[name] = style.getPropertyValue(`--${name}`).trim();
    }
    return found;
  }

  const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

  /** A canvas made as fine as the screen and cleared: {context, width, height} in CSS pixels. */
  function prepared(canvas) {
    const scale = globalThis.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext("2d");
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.font = TEXT;
    return { context, width, height };
  }

  /** What lies in view: [low, high] for each of the first two columns, or of x and y of a curve. */
  function range(values, margin) {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const edge = margin * (high - low || 1);
    return [low - edge, high + edge];
  }

  /** The inputs of a picture: of one column a line, of two the cells of the plane from the top left, else the rows. */
  function places(data, ranges) {
    const d = data.x[0].length;
    if (d > 2) return data.x;
    if (d === 1)
      return Array.from({ length: 4 * GRID + 1 }, (_, i) => [
        ranges[0][0] + (i / (4 * GRID)) * (ranges[0][1] - ranges[0][0]),
      ]);
    const at = ([low, high], i) => low + ((i + 0.5) / GRID) * (high - low);
    return Array.from({ length: GRID * GRID }, (_, i) => [
      at(ranges[0], i % GRID),
      at(ranges[1], GRID - 1 - Math.floor(i / GRID)),
    ]);
  }

  /** A function of a value from -1 to 1 that gives part 0, 1 or 2, red, green or blue, of its colour: blue below,
      vermilion above, paper between. Paper as well where it is not finite, as after a network has diverged. */
  function shades(colors) {
    const [zero, one, paper] = [rgb(colors.zero), rgb(colors.one), rgb(colors.paper)];
    return (value, part) => {
      const share = Number.isFinite(value) ? 0.65 * Math.min(1, Math.abs(value)) : 0;
      return paper[part] + share * ((value < 0 ? zero : one)[part] - paper[part]);
    };
  }

  /** Values [GRID * GRID] from -1 to 1 as an image. */
  function image(values, colors) {
    const small = document.createElement("canvas");
    small.width = small.height = GRID;
    const context = small.getContext("2d");
    const pixels = context.createImageData(GRID, GRID);
    const shade = shades(colors);
    values.forEach((value, i) => {
      for (let part = 0; part < 3; part++) pixels.data[4 * i + part] = shade(value, part);
      pixels.data[4 * i + 3] = 255;
    });
    context.putImageData(pixels, 0, 0);
    return small;
  }

  /** Where values [GRID * GRID] change their sign, as lines between cells, in the box. */
  function boundary(context, values, box) {
    const at = (row, column) => values[row * GRID + column];
    const place = (row, column) => [
      box.x + ((column + 0.5) / GRID) * box.width,
      box.y + ((row + 0.5) / GRID) * box.height,
    ];
    context.beginPath();
    for (let r = 0; r < GRID - 1; r++) {
      for (let c = 0; c < GRID - 1; c++) {
        const corners = [
          [r, c],
          [r, c + 1],
          [r + 1, c + 1],
          [r + 1, c],
        ];
        const crossed = [];
        corners.forEach((from, i) => {
          const to = corners[(i + 1) % 4];
          const [a, b] = [at(...from), at(...to)];
          if (a > 0 === b > 0) return;
          const share = a / (a - b);
          crossed.push(place(from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])));
        });
        for (let i = 0; i + 1 < crossed.length; i += 2) {
          context.moveTo(...crossed[i]);
          context.lineTo(...crossed[i + 1]);
        }
      }
    }
    context.stroke();
  }

  /** A point of class 0 as a disc, of class 1 as a triangle: not by colour alone. */
  function mark(context, x, y, isOne, colors, size = 5, fill = isOne ? colors.one : colors.zero) {
    context.beginPath();
    if (isOne) {
      context.moveTo(x, y - size * 1.2);
      context.lineTo(x + size * 1.1, y + size * 0.8);
      context.lineTo(x - size * 1.1, y + size * 0.8);
      context.closePath();
    } else {
      context.arc(x, y, size, 0, 2 * Math.PI);
    }
    context.lineWidth = size > 4 ? 4 : 2.5;
    context.strokeStyle = colors.paper;
    context.stroke();
    context.fillStyle = fill;
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = colors.ink;
    context.stroke();
  }

  const short = (value) => String(Number(value.toPrecision(3))).replace("-", "−");

  /** Axes around a box with the ends of both ranges and the names of both columns. */
  function frame(context, box, ranges, names, colors) {
    context.strokeStyle = colors.line;
    context.lineWidth = 1;
    context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
    context.fillStyle = colors.muted;
    context.textBaseline = "top";
    context.textAlign = "left";
    context.fillText(short(ranges[0][0]), box.x, box.y + box.height + 4);
    context.textAlign = "right";
    context.fillText(short(ranges[0][1]), box.x + box.width, box.y + box.height + 4);
    context.textAlign = "center";
    context.fillText(names[0], box.x + box.width / 2, box.y + box.height + 4);
    context.textAlign = "right";
    context.fillText(short(ranges[1][1]), box.x - 4, box.y);
    context.textBaseline = "bottom";
    context.fillText(short(ranges[1][0]), box.x - 4, box.y + box.height);
    context.save();
    context.translate(box.x - 6, box.y + box.height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(names[1], 0, 0);
    context.restore();
  }

  const inside = (width, height, left = 44, bottom = 22) => ({
    x: left,
    y: 6,
    width: width - left - 6,
    height: height - bottom - 6,
  });
  const along = (value, [low, high], from, length) => from + ((value - low) / (high - low)) * length;

  /** What one unit says: over the plane, along a line, or for each row. `view` is {data, ranges, heights, names, values,
      signed, isOutput, low, high}, and `inputs`, how many, where there are no data yet: values at `places`; signed, from
      -1 to 1; heights are the ends of the targets; low and high are those of the upright axis. */
  function answer(canvas, view, colors) {
    const { context, width, height } = prepared(canvas);
    const { data, ranges, names, values, signed, low, high } = view;
    const d = view.inputs || data.x[0].length;
    const isOne = ([value]) => data.kind === "classes" && value > 0.5;
    if (d === 2) {
      const box = inside(width, height);
      context.imageSmoothingEnabled = true;
      context.drawImage(image(signed, colors), box.x, box.y, box.width, box.height);
      context.lineWidth = 2;
      context.strokeStyle = colors.ink;
      if (data.kind === "classes") boundary(context, signed, box);
      frame(context, box, ranges, names, colors);
      const shade = shades(colors);
      const target = ([y]) => `rgb(${[0, 1, 2].map((part) => shade(along(y, view.heights, -1, 2), part))})`;
      data.x.forEach(([a, b], r) => {
        const size = data.x.length > 100 ? 3.5 : 6;
        mark(
          context,
          along(a, ranges[0], box.x, box.width),
          box.y + box.height - along(b, ranges[1], 0, box.height),
          isOne(data.y[r]),
          colors,
          size,
          data.kind === "numbers" ? target(data.y[r]) : undefined,
        );
      });
      return;
    }
    const box = inside(width, height);
    const up = (value) => box.y + box.height - along(Math.min(high, Math.max(low, value)), [low, high], 0, box.height);
    if (d === 1) {
      frame(context, box, [ranges[0], [low, high]], names, colors);
      if (view.isOutput) {
        data.x.forEach(([a], r) =>
          mark(context, along(a, ranges[0], box.x, box.width), up(data.y[r][0]), isOne(data.y[r]), colors, 3.5),
        );
      }
      context.beginPath();
      values.forEach((value, i) => context.lineTo(box.x + (i / (values.length - 1)) * box.width, up(value)));
      context.lineWidth = 2.5;
      context.strokeStyle = colors.shown;
      context.stroke();
      return;
    }
    frame(
      context,
      box,
      [
        [1, data.x.length],
        [low, high],
      ],
      names,
      colors,
    );
    if (data.kind === "classes" && view.isOutput) {
      context.setLineDash([4, 4]);
      context.beginPath();
      context.moveTo(box.x, up((low + high) / 2));
      context.lineTo(box.x + box.width, up((low + high) / 2));
      context.stroke();
      context.setLineDash([]);
    }
    view.order.forEach((row, i) => {
      const x = box.x + ((i + 0.5) / view.order.length) * box.width;
      if (data.kind === "numbers" && view.isOutput) {
        context.fillStyle = colors.muted;
        context.fillRect(x - 2, up(data.y[row][0]) - 1, 4, 2);
      }
      mark(context, x, up(values[row]), isOne(data.y[row]), colors, data.x.length > 40 ? 3.5 : 5);
    });
  }

  /** What colours, lines and marks of `answer` mean. `halfway` is whether the line of a unit that is no output lies
      between the ends of its values; else it lies where they cross 0. */
  function key({ data, isOutput, halfway }) {
    const [d, numbers] = [data.x[0].length, data.kind === "numbers"];
    if (d === 1)
      return isOutput ? "The line is what the network says; the points are the task." : "The line is its value over x.";
    if (d > 2 && !isOutput) return `Each mark is its value for a row${numbers ? "." : ": ● of class 0, ▲ of class 1."}`;
    if (d > 2)
      return numbers
        ? "Each mark is what the network says of a row, each short line its target."
        : "Each mark is a row: ● of class 0, ▲ of class 1. Right is below the dashed line for ●, above it for ▲.";
    const high = "Orange is high and blue is low";
    if (numbers) return `${high}: a mark has the colour of its target, the plane that of what is shown.`;
    if (isOutput) return "● class 0, ▲ class 1. Blue says 0, orange says 1; the line is where the answer changes.";
    return `${high}; the line is ${halfway ? "halfway" : "where it crosses 0"}.`;
  }

  /** Where the units of a network stand: [{layer, unit, x, y, size}] in layers from left to right. */
  function tiles(sizes, width, height) {
    const most = Math.max(...sizes);
    const size = Math.max(7, Math.min(60, (height - 26) / most - 5, (width / sizes.length) * 0.55));
    return sizes.flatMap((n, layer) => {
      const x = sizes.length === 1 ? 0 : (layer * (width - size - 2)) / (sizes.length - 1) + 1;
      const gap = Math.min(14, (height - 26 - n * size) / n);
      const top = 22 + (height - 24 - n * size - (n - 1) * gap) / 2;
      return Array.from({ length: n }, (_, unit) => ({ layer, unit, x, y: top + unit * (size + gap), size }));
    });
  }

  /** The network: a line for each weight, as thick as it is large, and a small picture for each unit. */
  function network(canvas, { sizes, layers, signed, selected, data }, colors) {
    const { context, width, height } = prepared(canvas);
    const all = tiles(sizes, width, height);
    const of = (layer) => all.filter((tile) => tile.layer === layer);
    layers.forEach(({ w }, l) => {
      const [left, right] = [of(l), of(l + 1)];
      w.forEach((row, i) =>
        row.forEach((value, j) => {
          const strength = Math.min(1, Math.abs(value) / 4);
          context.globalAlpha = 0.25 + 0.75 * strength;
          context.strokeStyle = value < 0 ? colors.zero : colors.one;
          context.lineWidth = 0.5 + 5 * strength;
          context.setLineDash(value < 0 ? [6, 3] : []);
          const [from, to] = [left[i], right[j]];
          const [x0, x1] = [from.x + from.size, to.x];
          context.beginPath();
          context.moveTo(x0, from.y + from.size / 2);
          context.bezierCurveTo(
            (x0 + x1) / 2,
            from.y + from.size / 2,
            (x0 + x1) / 2,
            to.y + to.size / 2,
            x1,
            to.y + to.size / 2,
          );
          context.stroke();
        }),
      );
    });
    context.globalAlpha = 1;
    context.setLineDash([]);
    all.forEach((tile, unit) => {
      const values = signed[unit];
      context.fillStyle = colors.paper;
      context.fillRect(tile.x, tile.y, tile.size, tile.size);
      if (data.x[0].length === 2) {
        context.drawImage(image(values, colors), tile.x, tile.y, tile.size, tile.size);
      } else {
        const up = (value) => tile.y + tile.size * (0.5 - 0.44 * Math.max(-1, Math.min(1, value)));
        context.strokeStyle = context.fillStyle = colors.shown;
        context.lineWidth = 1.5;
        context.beginPath();
        if (data.x[0].length === 1)
          values.forEach((value, i) => context.lineTo(tile.x + (i / (values.length - 1)) * tile.size, up(value)));
        else
          values
            .slice(0, 64)
            .forEach((value, i, some) =>
              context.rect(tile.x + 1 + (i / some.length) * (tile.size - 2), up(value) - 1, 2, 2),
            );
        context.stroke();
      }
      context.strokeStyle = unit === selected ? colors.ink : colors.line;
      context.lineWidth = unit === selected ? 3 : 1;
      context.strokeRect(tile.x, tile.y, tile.size, tile.size);
    });
    context.fillStyle = colors.muted;
    context.textBaseline = "top";
    sizes.forEach((_, layer) => {
      const last = sizes.length - 1;
      const { x, size } = of(layer)[0];
      const text =
        layer === 0 ? "inputs" : layer === last ? "output" : sizes.length > 5 ? `${layer}` : `hidden ${layer}`;
      context.textAlign = layer === 0 ? "left" : layer === last ? "right" : "center";
      context.fillText(text, layer === 0 ? x : layer === last ? x + size : x + size / 2, 2);
    });
  }

  const plain = (value) =>
    value >= 1e-4 ? String(Number(value.toPrecision(2))) : value.toExponential(0).replace("-", "−");

  /** Losses over steps on a logarithmic axis: the network shown in blue, the hundred others as bands in grey.
      `least` is a loss that the axis reaches, so that two pictures can be compared. */
  function losses(canvas, { curve, fan, numSteps, at, limit, least: shared }, colors) {
    const { context, width, height } = prepared(canvas);
    const box = inside(width, height, 48, 24);
    const finite = [
      ...curve.map((one) => one.loss),
      ...fan.flatMap((one) => one.quantiles),
      ...(limit ? [limit] : []),
    ].filter((value) => Number.isFinite(value) && value > 0);
    const least = Math.max(1e-9, Math.min(shared || 0.3, ...finite));
    const [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(Math.max(1, ...finite)))];
    const up = (loss) => {
      const place = Math.log10(Math.min(10 ** high, Math.max(10 ** low, loss)));
      return box.y + box.height - ((place - low) / (high - low)) * box.height;
    };
    const right = (step) => box.x + (step / numSteps) * box.width;
    context.lineWidth = 1;
    context.strokeStyle = colors.soft;
    context.fillStyle = colors.muted;
    context.textAlign = "right";
    context.textBaseline = "middle";
    const every = Math.ceil((high - low) / 5);
    for (let power = low; power <= high; power += every) {
      const y = up(10 ** power);
      context.strokeRect(box.x, y, box.width, 0);
      context.fillText(plain(10 ** power), box.x - 6, y);
    }
    context.textBaseline = "top";
    for (const share of [0, 0.5, 1]) {
      context.textAlign = share === 0 ? "left" : share === 1 ? "right" : "center";
      const text = Math.round(share * numSteps).toLocaleString("en");
      context.fillText(share === 1 ? `${text} steps` : text, box.x + share * box.width, box.y + box.height + 6);
    }
    const line = (values) => {
      context.beginPath();
      values.forEach(([x, y]) => context.lineTo(x, y));
      context.stroke();
    };
    if (fan.length > 1) {
      for (const [from, to, alpha] of [
        [0, 4, 0.22],
        [1, 3, 0.32],
      ]) {
        context.globalAlpha = alpha;
        context.fillStyle = colors.muted;
        context.beginPath();
        fan.forEach((one) => context.lineTo(right(one.step), up(one.quantiles[from])));
        [...fan].reverse().forEach((one) => context.lineTo(right(one.step), up(one.quantiles[to])));
        context.fill();
      }
      context.globalAlpha = 1;
      context.strokeStyle = colors.muted;
      context.lineWidth = 1.5;
      line(fan.map((one) => [right(one.step), up(one.quantiles[2])]));
    }
    if (limit) {
      context.setLineDash([5, 4]);
      context.strokeStyle = colors.solved;
      line([
        [box.x, up(limit)],
        [box.x + box.width, up(limit)],
      ]);
      context.setLineDash([]);
    }
    context.strokeStyle = colors.shown;
    context.lineWidth = 2.5;
    line(curve.map((one) => [right(one.step), up(one.loss)]));
    if (at !== undefined) {
      context.fillStyle = colors.shown;
      context.beginPath();
      context.arc(right(curve[at].step), up(curve[at].loss), 4.5, 0, 2 * Math.PI);
      context.fill();
    }
    context.strokeStyle = colors.line;
    context.lineWidth = 1;
    context.strokeRect(box.x + 0.5, box.y + 0.5, box.width - 1, box.height - 1);
  }

  Object.assign(root.Playground, {
    draw: { GRID, theme, prepared, range, places, shades, answer, key, tiles, network, losses, inside },
  });
})(typeof self === "undefined" ? globalThis : self);
