import torch.nn.functional as F


class ResNet18(nn.Module):
    def __init__(self, classes=1000, width=64):
        super().__init__()
        self.conv1, self.bn1 = conv(3, width, 7, 2), nn.BatchNorm2d(width)
        channels = [width, width, 2 * width, 4 * width, 8 * width]
        for stage in range(1, 5):
            blocks = nn.Module()
            for k in range(2):
                a, b = (channels[stage - 1] if k == 0 else channels[stage]), channels[stage]
                block = nn.Module()
                block.stride = 2 if stage > 1 and k == 0 else 1
                block.conv1, block.bn1 = conv(a, b, 3, block.stride), nn.BatchNorm2d(b)
                block.conv2, block.bn2 = conv(b, b, 3, 1), nn.BatchNorm2d(b)
                if block.stride == 2:
                    block.downsample = nn.ModuleList([conv(a, b, 1, 2), nn.BatchNorm2d(b)])
                blocks.add_module(str(k), block)
            blocks.forward = self.run_of(blocks)
            setattr(self, "layer%d" % stage, blocks)
        self.fc = nn.Linear(channels[-1], classes)

    def run_of(self, blocks):
        def run(x):
            for block in blocks.children():
                path = x
                for part in getattr(block, "downsample", []):
                    path = part(path)
                h = F.relu(block.bn1(block.conv1(x)))
                x = F.relu(path + block.bn2(block.conv2(h)))
            return x

        return run

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(x, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1))
        for layer in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = layer(x)
        return self.fc(F.adaptive_avg_pool2d(x, 1).flatten(start_dim=1))


def conv(a, b, kernel, stride):
    layer = nn.Conv2d(a, b, kernel, stride, kernel // 2, bias=False)
    nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return layer
