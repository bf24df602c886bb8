"""A small Llama in plain torch, for writing at once: importing transformers alone takes seconds."""

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from console.errors import InputError
from console.files.untrusted import load_json
from console.files.weights import check_finite, check_size, read_weights
from console.network.threads import one_thread
from explainer.language.slot_mask import SlotMask

TOP_P = 0.95  # the least likely tokens, of together 5 %, are never written
TOP_K = 64  # and none but the likeliest; to find these takes much less time than to sort them all
ROOM = 64  # tokens for which memory is made at a time
CONFIG, WEIGHTS = "config.json", "model.safetensors"
ADAPTER, ADAPTER_CONFIG = "adapter_model.safetensors", "adapter_config.json"


def fastest() -> torch.dtype:
    """What a larger model is kept in: 16 bits where the processor multiplies them well, else 32."""
    return torch.bfloat16 if torch.backends.cpu.get_cpu_capability() == "AVX512" else torch.float32


class SmallLlama(nn.Module):
    """What `LlamaForCausalLM` computes, for writing only; a test holds the two together.

    Args:
        config: of the model, as transformers writes it.
        weights: by the names that transformers gives them.
        dtype: that they are kept and multiplied in.
    """

    def __init__(self, config: dict[str, Any], weights: dict[str, Tensor], dtype: torch.dtype = torch.float32):
        super().__init__()
        self.heads = config["num_attention_heads"]
        self.shared = config["num_key_value_heads"]
        self.layers, self.eps = config["num_hidden_layers"], config["rms_norm_eps"]
        self.width = config["hidden_size"]
        head = config.get("head_dim") or self.width // self.heads
        theta = (config.get("rope_parameters") or config).get("rope_theta", 10_000.0)
        self.frequency: Tensor
        self.register_buffer("frequency", theta ** (-torch.arange(0, head, 2) / head), persistent=False)
        self.weight = {name: value.to(dtype) for name, value in weights.items()}
        self.tokens = self.weight["model.embed_tokens.weight"]
        self.head = self.tokens if config["tie_word_embeddings"] else self.weight["lm_head.weight"]

    @classmethod
    @one_thread()
    def read(cls, base: Path, adapter: Path | None = None, dtype: torch.dtype = torch.float32) -> "SmallLlama":
        """From the folder of a base model, with an adapter merged into it; `dtype` as of the class.

        Raises: InputError where a file is missing or is not of a Llama.
        """
        try:
            config = load_json(base / CONFIG, f"a {CONFIG}")
            weights = read_weights(base / WEIGHTS)
            if adapter is not None:
                scale = load_json(adapter / ADAPTER_CONFIG, f"an {ADAPTER_CONFIG}")
                _merge(weights, read_weights(adapter / ADAPTER), scale["lora_alpha"] / scale["r"], dtype)
                check_finite(weights)
            _check(config, weights)
            return cls(config, weights, dtype)
        except Exception as error:  # whatever foreign files raise: safetensors, keys, shapes
            reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
            raise InputError(f'"{base}" is not a small Llama of this version ({reason}).') from error

    @classmethod
    def of(cls, model: Any) -> "SmallLlama":
        """Of a model of transformers or peft as it is now, its adapter merged into a copy.

        Raises: ValueError for one that is no plain Llama.
        """
        config = model.config.to_dict()
        if config.get("model_type") != "llama" or config.get("quantization_config"):
            raise ValueError(f"{config.get('model_type')} is no plain Llama")
        weights: dict[str, Tensor] = {}
        for name, module in model.named_modules():
            layer = getattr(module, "base_layer", module)
            if (
                isinstance(getattr(layer, "weight", None), Tensor)
                and ".lora_" not in name
                and ".base_layer" not in name
            ):
                weight = layer.weight.detach().float()
                if layer is not module:
                    weight = weight + module.get_delta_weight("default").detach().float()
                weights[f"{name.removeprefix('base_model.model.')}.weight"] = weight
        _check(config, weights)
        return cls(config, weights)

    @staticmethod
    def fits(base: Path) -> bool:
        """Whether the model in that folder is of this kind: a plain Llama in one file."""
        try:
            config = load_json(base / CONFIG, f"a {CONFIG}")
        except InputError:
            return False
        if not isinstance(config, dict):
            return False
        plain = not any(config.get(key) for key in ("attention_bias", "mlp_bias", "quantization_config"))
        rope = (config.get("rope_parameters") or {}).get("rope_type", "default") == "default"
        one_file = (base / WEIGHTS).is_file() and not config.get("rope_scaling")
        return config.get("model_type") == "llama" and plain and rope and one_file

    def embed(self, ids: Int[Tensor, "batch token"]) -> Float[Tensor, "batch token width"]:
        """The vectors of tokens."""
        return self.tokens[ids]

    def forward(
        self,
        vectors: Float[Tensor, "batch token width"],
        attention: Bool[Tensor, "batch all"],
        memory: "Memory | None" = None,
        last: bool = False,
    ) -> tuple[Float[Tensor, "batch place word"], "Memory"]:
        """Logits of the next token at each place, and the memory to go on with.

        Args:
            attention: False at padding, for what is in memory too.
            memory: of the tokens before these.
            last: at the last place only; of a long prompt all logits take more memory than the model.
        """
        new = vectors.shape[1]
        place = (attention.long().cumsum(-1) - 1).clamp_min(0)[:, -new:]
        angle = place[:, None, :, None] * self.frequency
        cos, sin = angle.cos().to(vectors), angle.sin().to(vectors)
        turn = (torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1))
        seen = None if new == 1 and bool(attention.all()) else _seen(attention, new)  # one place sees all before it
        memory = memory or Memory(self.layers)
        for layer in range(self.layers):
            name = f"model.layers.{layer}."
            even = self._even(vectors, f"{name}input_layernorm")
            vectors = vectors + self._attend(even, layer, turn, seen, memory)
            even = self._even(vectors, f"{name}post_attention_layernorm")
            gate = functional.silu(self._linear(even, f"{name}mlp.gate_proj"))
            vectors = vectors + self._linear(gate * self._linear(even, f"{name}mlp.up_proj"), f"{name}mlp.down_proj")
        vectors = vectors[:, -1:] if last else vectors
        return (self._even(vectors, "model.norm") @ self.head.T).float(), memory

    @one_thread()
    @torch.inference_mode()
    def generate(
        self,
        vectors: Float[Tensor, "batch token width"],
        attention: Bool[Tensor, "batch token"],
        most_tokens: int,
        temperature: float,
        ends: tuple[int, ...],
        seed: int,
        mask: SlotMask | None = None,
    ) -> Int[Tensor, "batch new"]:
        """Tokens that go on, up to the longest answer's end; what lies behind an end means nothing.

        Args:
            vectors, attention: of the prompts, padded at the beginning.
            temperature: 0 takes the likeliest token.
            mask: what may follow.
        """
        generator = torch.Generator(vectors.device).manual_seed(seed)
        last = torch.tensor(ends, device=vectors.device)
        written = last.new_full((len(vectors), most_tokens), ends[0])
        rows = torch.arange(len(vectors), device=vectors.device)  # those that are not at their end
        memory: Memory | None = None
        for step in range(most_tokens):
            logits, memory = self(vectors, attention, memory, last=True)
            scores = logits[:, -1]
            if mask is not None:
                scores = mask(scores, written[rows, :step], rows.tolist())
            token = next_token(scores, temperature, generator)
            written[rows, step] = token
            going = ~torch.isin(token, last)
            if not bool(going.any()):
                return written[:, : step + 1]
            if not bool(going.all()):
                memory.keep(going)
                rows, token, attention = rows[going], token[going], attention[going]
            vectors, attention = self.embed(token[:, None]), functional.pad(attention, (0, 1), value=True)
        return written

    def _attend(
        self, even: Tensor, layer: int, turn: tuple[Tensor, Tensor], seen: Tensor | None, memory: "Memory"
    ) -> Tensor:
        name = f"model.layers.{layer}."
        query, key, value = (
            self._linear(even, f"{name}self_attn.{part}_proj").unflatten(-1, (heads, -1)).transpose(1, 2)
            for part, heads in (("q", self.heads), ("k", self.shared), ("v", self.shared))
        )
        keys, values = memory.add(layer, _turned(key, turn), value)
        query = _turned(query, turn)
        if query.shape[2] == 1:  # heads that share keys as if they were tokens: much faster in 16 bits
            query = query.unflatten(1, (self.shared, -1)).flatten(2, 3)
            heard = functional.scaled_dot_product_attention(query, keys, values, attn_mask=seen).flatten(1, 2)
            return self._linear(heard.flatten(1)[:, None], f"{name}self_attn.o_proj")
        grouped = self.shared < self.heads
        heard = functional.scaled_dot_product_attention(query, keys, values, attn_mask=seen, enable_gqa=grouped)
        return self._linear(heard.transpose(1, 2).flatten(2), f"{name}self_attn.o_proj")

    def _linear(self, vectors: Tensor, name: str) -> Tensor:
        return functional.linear(vectors, self.weight[f"{name}.weight"])

    def _even(self, vectors: Tensor, name: str) -> Tensor:
        return functional.rms_norm(vectors, (self.width,), self.weight[f"{name}.weight"], self.eps)


def _seen(attention: Bool[Tensor, "batch all"], new: int) -> Bool[Tensor, "batch 1 new all"]:
    """What each new place sees: all before it but padding, and itself, even as padding, so that no row is empty."""
    at = torch.arange(attention.shape[1], device=attention.device)
    new_at = at[-new:, None]
    return (((at <= new_at) & attention[:, None]) | (at == new_at))[:, None]


def _turned(vectors: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary places: the first half of each head turned against the second."""
    cos, sin = turn
    return vectors * cos + vectors.roll(vectors.shape[-1] // 2, -1) * sin


def _check(config: dict[str, Any], weights: dict[str, Tensor]) -> None:
    """Raises: ValueError where the configuration speaks of another model than the weights; KeyError."""
    layers = check_size("num_hidden_layers", config["num_hidden_layers"], len(weights), 1)
    heads = check_size("num_attention_heads", config["num_attention_heads"], 1024, 1)
    shared = check_size("num_key_value_heads", config["num_key_value_heads"], heads, 1)
    width = check_size("hidden_size", config["hidden_size"], 65_536, 1)
    head = check_size("head_dim", config.get("head_dim") or width // heads, 65_536, 2)
    inner = check_size("intermediate_size", config["intermediate_size"], 1_000_000, 1)
    words = len(weights["model.embed_tokens.weight"])
    expected = {"model.embed_tokens": (words, width), "model.norm": (width,)}
    if not config["tie_word_embeddings"]:
        expected["lm_head"] = (words, width)
    for layer in range(layers):
        name = f"model.layers.{layer}."
        expected |= {f"{name}{part}_layernorm": (width,) for part in ("input", "post_attention")}
        expected |= {f"{name}self_attn.{part}_proj": (shared * head, width) for part in ("k", "v")}
        expected |= {f"{name}self_attn.q_proj": (heads * head, width), f"{name}self_attn.o_proj": (width, heads * head)}
        expected |= {f"{name}mlp.{part}_proj": (inner, width) for part in ("gate", "up")}
        expected |= {f"{name}mlp.down_proj": (width, inner)}
    for name, shape in expected.items():
        if weights[f"{name}.weight"].shape != shape:
            raise ValueError(f"{name} is not of the size that {CONFIG} tells")
    if heads % shared or head % 2:
        raise ValueError("its heads cannot be shared out")


def _merge(weights: dict[str, Tensor], adapter: dict[str, Tensor], scale: float, dtype: torch.dtype) -> None:
    """Adds an adapter, as peft names its parts, to the weights that it belongs to."""
    for name, down in adapter.items():
        if ".lora_A." in name:
            target = name.removeprefix("base_model.model.").replace(".lora_A", "")
            up = adapter[name.replace(".lora_A.", ".lora_B.")]
            weights[target] = (weights[target].float() + scale * (up.float() @ down.float())).to(dtype)


class Memory:
    """Keys and values of each layer, in rooms that grow in steps: writing one token copies nothing else."""

    def __init__(self, layers: int):
        self._rooms: list[tuple[Tensor, Tensor] | None] = [None] * layers
        self._written = [0] * layers

    def add(
        self, layer: int, key: Float[Tensor, "batch head new width"], value: Float[Tensor, "batch head new width"]
    ) -> tuple[Float[Tensor, "batch head all width"], Float[Tensor, "batch head all width"]]:
        """The keys and values of a layer, with these at the end."""
        begin = self._written[layer]
        end = begin + key.shape[2]
        room = self._rooms[layer]
        if room is None or end > room[0].shape[2]:
            old = room or (None, None)
            room = (_larger(key, old[0], begin, end), _larger(value, old[1], begin, end))
            self._rooms[layer] = room
        self._written[layer] = end
        for kept, new in zip(room, (key, value), strict=True):
            kept[:, :, begin:end] = new
        return room[0][:, :, :end], room[1][:, :, :end]

    def keep(self, rows: Bool[Tensor, " batch"]) -> None:
        """Forget all other rows."""
        self._rooms = [room and (room[0][rows], room[1][rows]) for room in self._rooms]


def _larger(like: Tensor, old: Tensor | None, begin: int, end: int) -> Tensor:
    """A room for `end` tokens and some more, with what the old one holds."""
    batch, heads, _, width = like.shape
    made = like.new_empty(batch, heads, -(-end // ROOM) * ROOM, width)
    if old is not None:
        made[:, :, :begin] = old[:, :, :begin]
    return made


def next_token(
    logits: Float[Tensor, "batch word"], temperature: float, generator: torch.Generator
) -> Int[Tensor, " batch"]:
    """The likeliest token at a temperature of 0, else one drawn from the likelier ones."""
    if temperature <= 0:
        return logits.argmax(-1)
    ordered, words = (logits / temperature).softmax(-1).topk(min(TOP_K, logits.shape[-1]))
    ordered = ordered * (ordered.cumsum(-1) - ordered < TOP_P)  # the likeliest always stays
    return words.gather(-1, torch.multinomial(ordered, 1, generator=generator)).squeeze(-1)
