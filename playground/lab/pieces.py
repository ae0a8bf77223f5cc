"""The concept lab's pieces: name, title, and in two sentences what there is to touch and to see."""

from __future__ import annotations

from playground.experiment.entries import Catalog, Entry

PIECES = Catalog(
    "piece of the concept lab",
    [
        Entry(
            "autograd",
            "Autograd",
            "Every operation on a tensor is noted in a graph, and backward() walks it from the "
            "result to the inputs. Move the numbers and see which gradients arrive where.",
        ),
        Entry(
            "linear_regression",
            "Linear regression",
            "Five regions, three measurements, two yields: a network of one layer, once by hand "
            "and once with what PyTorch has built in. Both take the same steps.",
        ),
        Entry(
            "cross_entropy",
            "Softmax and cross-entropy",
            "A network answers with logits; softmax makes probabilities of them, cross-entropy "
            "one number to make small. Move a logit and see what changes.",
        ),
        Entry(
            "normalization",
            "Normalization",
            "An input of 255 gets 255 times the gradient of an input of 1. Subtract a mean, divide "
            "by a standard deviation, and all weights learn at about the same pace.",
        ),
        Entry(
            "convolution",
            "Convolution and pooling",
            "A kernel of nine weights slides over a picture; the result is large where the picture "
            "looks like the kernel. Pooling keeps the largest number of each window.",
        ),
        Entry(
            "channels",
            "Channels and stacked kernels",
            "A kernel over a colour picture has nine weights for each colour and adds all products "
            "up. Two small kernels in a row see as far as a large one, with fewer weights.",
        ),
        Entry(
            "microscope",
            "One batch under the microscope",
            "Eight images go through the network, and one step of training is taken apart: "
            "logits, losses, gradients, the update, and the same batch after it.",
        ),
        Entry(
            "test_set",
            "Train, validation, test",
            "Training images teach, validation images choose, test images judge, once. The seal "
            "of a run's test set counts how often it has been opened.",
        ),
        Entry(
            "batches",
            "Batches and shuffling",
            "A batch's gradient is an estimate of the gradient of all images. Larger batches "
            "estimate it better, and sorted ones are far off.",
        ),
        Entry(
            "data_size",
            "More images",
            "The same network, trained on 25 images up to 800. The gap between training and "
            "validation is variance, what both lack is bias: more images close only the gap.",
        ),
        Entry(
            "device",
            "Device",
            "The same small training on each device of this machine, timed. Where the time goes "
            "tells whether a faster device would help.",
        ),
        Entry(
            "valley",
            "Optimizers in a valley",
            "A loss of two weights, seen from above. SGD, SGD with momentum and Adam walk down "
            "from the same place: change their learning rates and see who arrives.",
        ),
    ],
)
