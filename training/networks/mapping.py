"""The mapping network: z and labels c -> w; with z_dim 0, labels alone (the discriminator's projection)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.networks.layers import FullyConnected

W_AVG_BETA = 0.995


def normalise_2nd_moment(x: Tensor) -> Tensor:
    """Scale every row to a mean square of 1. [N, D] -> [N, D]; zeros stay zeros."""
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + 1e-8)


class Mapping(nn.Module):
    """z [N, z_dim] ~ N(0, 1) and c [N, c_dim] -> w [N, w_dim]; holds the running mean `w_avg` [w_dim].

    c goes through one linear layer; it and z are normalised each and concatenated before the first of `num_layers`.
    """

    w_avg: Tensor

    def __init__(self, z_dim: int, c_dim: int, w_dim: int, num_layers: int, *, average: bool = True) -> None:
        super().__init__()
        self.z_dim, self.c_dim, self.num_layers = z_dim, c_dim, num_layers
        if c_dim:
            self.embed = FullyConnected(c_dim, w_dim)
            # With zeros, an image without labels would be judged 0 whatever it shows, and near zeros the direction that
            # normalisation makes of them would change with every step. So "not known" starts as one more class.
            nn.init.normal_(self.embed.bias, std=self.embed.weight_gain)
        entering = z_dim + (w_dim if c_dim else 0)
        for index in range(num_layers):
            layer = FullyConnected(entering if index == 0 else w_dim, w_dim, activation=True, lr_multiplier=0.01)
            self.add_module(f"fc{index}", layer)
        if average:
            self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """c may be missing: nothing is known of the image, the same as zeros."""
        if c is not None and c.shape[1] != self.c_dim:
            raise ValueError(f"c has {c.shape[1]} columns; this network's labels have {self.c_dim}")
        with torch.autocast(z.device.type, enabled=False):
            x = normalise_2nd_moment(z.float()) if self.z_dim else z.float()
            if self.c_dim:
                c = x.new_zeros(x.shape[0], self.c_dim) if c is None else c.float()
                x = torch.cat([x, normalise_2nd_moment(self.embed(c))], dim=1)
            for index in range(self.num_layers):
                x = self.get_submodule(f"fc{index}")(x)
        return x

    @torch.no_grad()
    def update_w_avg(self, mean: Tensor) -> None:
        """Move `w_avg` towards the mean [w_dim] of a batch of w by 1 - 0.995."""
        self.w_avg.copy_(mean.detach().lerp(self.w_avg, W_AVG_BETA))
